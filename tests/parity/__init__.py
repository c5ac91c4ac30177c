"""The same journey in one process and in many gives the same answers."""
