"""PLUS: encoders fine-tuned on pairs of SCOPe domains."""
