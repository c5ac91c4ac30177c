"""The use cases of courses: authoring, publishing, reading, importing and exporting."""
