"""The use cases of progress."""
