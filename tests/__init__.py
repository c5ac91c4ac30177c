"""Tests of what crosses services."""
