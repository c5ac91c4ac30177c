"""The SQL of live."""
