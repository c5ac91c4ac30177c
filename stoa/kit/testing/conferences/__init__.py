"""Counterparts of conference servers, written by us from their public documentation."""
