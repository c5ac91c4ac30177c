"""Stoa, a learning platform: one codebase, one process or many."""
