"""Reproduction of SeqVec and PLUS, two landmark papers on protein language models."""

__version__ = "0.1.0"
