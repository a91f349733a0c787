"""Language models of every architecture behind one interface, and their folders."""
