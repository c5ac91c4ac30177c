"""Tests of the embedded PostgreSQL and its backup, run against the real server."""
