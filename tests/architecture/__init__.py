"""Tests that the house is built as its architecture says."""
