"""The use cases of organizations."""
