"""Declared routes: from a request to a service and back."""
