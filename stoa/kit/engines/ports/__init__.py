"""Ports across processes: the reflected client, the server, and the HTTP between them."""
