"""Audio and video by a Jitsi Meet, own or rented."""
