"""A room as the users of python-socketio write it."""

import socketio

server = socketio.AsyncServer(async_mode="asgi", transports=["websocket"])
app = socketio.ASGIApp(server)


@server.event
async def connect(sid: str, environ: dict[str, object]) -> None:
    """Come in."""
    await server.enter_room(sid, "class")


@server.event
async def say(sid: str, message: dict[str, str]) -> None:
    """Say something to all."""
    await server.emit("say", message, room="class")
