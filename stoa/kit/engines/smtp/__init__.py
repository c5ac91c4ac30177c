"""Letters over SMTP; imported only when chosen."""
