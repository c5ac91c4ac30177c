"""The HTTP face of live."""
