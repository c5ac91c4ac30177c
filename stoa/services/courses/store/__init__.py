"""The SQL of courses: drafts, snapshots, publications, packages on their way."""
