"""The tests of people."""
