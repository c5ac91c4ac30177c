"""Audio and video by a BigBlueButton server."""
