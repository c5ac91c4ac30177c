"""What people do, from the first page to the last, over HTTP."""
