"""The tests of organizations."""
