"""Pre-training of every encoder, and the test of PLUS's models on domain pairs."""
