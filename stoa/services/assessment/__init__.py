"""Assessment: immutable problem versions, their scoring, and a learner's practice attempts."""
