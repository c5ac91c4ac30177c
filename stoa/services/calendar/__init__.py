"""Who meets when: classes as entries, and a feed for one's own calendar"""
