"""The HTTP face of progress."""
