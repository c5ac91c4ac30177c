"""The rules of progress."""
