"""PostgreSQL: the embedded server, its backup, and the pool and migrations over any PostgreSQL."""
