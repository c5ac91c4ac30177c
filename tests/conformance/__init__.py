"""The unmodified SDKs of npm and PyPI against the socket core."""
