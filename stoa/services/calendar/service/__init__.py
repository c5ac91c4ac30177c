"""The use cases of calendar."""
