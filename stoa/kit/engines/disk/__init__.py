"""What is kept in files: blobs under the home, and the letters of the embedded default."""
