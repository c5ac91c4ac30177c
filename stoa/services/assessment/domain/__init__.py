"""The rules of assessment as pure functions: scoring, views, release, and conversion from other formats."""
