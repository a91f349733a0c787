"""A small simulated protein world, written in the exact upstream formats."""
