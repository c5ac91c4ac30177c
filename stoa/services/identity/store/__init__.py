"""The SQL of identity."""
