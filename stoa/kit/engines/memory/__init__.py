"""Engines that live in this process and forget everything with it."""
