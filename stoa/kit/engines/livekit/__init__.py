"""Audio and video by a LiveKit server."""
