"""A crowd for a live class, played from the terminal: genuine guests over genuine sockets."""
