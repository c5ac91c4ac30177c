"""The tests of live."""
