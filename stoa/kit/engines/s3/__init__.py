"""What is kept in an object store that speaks S3; imported only when chosen."""
