"""The tests of progress."""
