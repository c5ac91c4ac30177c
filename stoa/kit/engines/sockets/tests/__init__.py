"""Tests of the sockets' engine."""
