"""The services, one folder each, identical inside."""
