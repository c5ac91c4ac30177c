"""Registers the kit's fixtures for every test of the project, and lets no clock decide a property's test."""

from hypothesis import HealthCheck, settings

pytest_plugins = ("stoa.kit.testing.fixtures",)

settings.register_profile("stoa", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("stoa")
