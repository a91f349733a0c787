"""The papers' tables, cell by cell, beside the papers' numbers."""
