"""Courses: the outline tree an author edits, the snapshots learners read, and the packages that come in and go out."""
