"""Labelled proteins: curated, split and stored in one form."""
