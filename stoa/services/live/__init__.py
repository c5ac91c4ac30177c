"""The live class: rooms that people talk, vote and raise hands in together."""
