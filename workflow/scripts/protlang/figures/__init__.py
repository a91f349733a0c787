"""The papers' figures, drawn from our tables and predictions."""
