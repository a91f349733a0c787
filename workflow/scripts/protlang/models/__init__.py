"""Models: one file each, pure PyTorch, no knowledge of files or workflows."""
