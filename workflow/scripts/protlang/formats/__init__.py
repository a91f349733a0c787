"""One reader (and, where the simulator needs it, writer) per upstream format."""
