"""Embeddings of data sets, corpora and users' proteins, and run times."""
