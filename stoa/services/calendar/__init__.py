"""Who meets when: classes and what courses plan as entries, and a feed for one's own calendar."""
