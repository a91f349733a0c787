"""PLUS: encoders fine-tuned on labelled proteins."""
