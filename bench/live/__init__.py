"""Measurements of the live class: rooms of thousands, over real sockets, on pinned cores."""
