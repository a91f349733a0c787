"""Unlabelled proteins: token stores that language models are trained on."""
