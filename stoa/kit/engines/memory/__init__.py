"""Engines that live in the process itself: gone when it ends, fast while it runs."""
