"""Metrics and statistics of predictions, leakage, projections."""
