"""Registers the kit's fixtures for every test of the project."""

pytest_plugins = ("stoa.kit.testing.fixtures",)
