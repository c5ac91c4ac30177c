"""Engines: everything that touches the outside world, one folder per kind."""
