"""The training loop and its surroundings; knows no biology."""
