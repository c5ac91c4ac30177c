"""The tests of enrollment."""
