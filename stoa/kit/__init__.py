"""The chassis: what every service stands on; it knows nothing of education."""
