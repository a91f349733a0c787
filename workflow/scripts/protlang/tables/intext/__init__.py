"""The numbers in the text of both papers: statements, ours, and how they agree."""
