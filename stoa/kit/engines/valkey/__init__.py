"""Engines over Valkey or Redis, imported only when chosen."""
