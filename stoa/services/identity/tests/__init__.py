"""The tests of identity."""
