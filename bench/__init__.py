"""What we claim to be fast, measured against what a user would pick instead."""
