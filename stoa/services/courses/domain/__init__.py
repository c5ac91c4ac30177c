"""The rules of courses: trees, snapshots, packages and the reading of foreign formats, all pure."""
