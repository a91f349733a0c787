"""The numbers in SeqVec's text: statements, what is found for them, and verdicts."""
