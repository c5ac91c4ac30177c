"""Progress: the learner's way through a course, what is done and where to go on."""
