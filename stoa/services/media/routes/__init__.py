"""What media answers over HTTP."""
