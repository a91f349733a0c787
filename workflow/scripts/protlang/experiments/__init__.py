"""What a configuration requests and where each result lies; imports no PyTorch."""
