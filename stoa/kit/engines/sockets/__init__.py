"""The sockets themselves: WebSocket by picows on uvloop."""
