"""A room as the users of Django Channels write it: a group of consumers over a Redis channel layer."""

import os

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

settings.configure(
    SECRET_KEY="not a secret",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # Without these redis-py 8 refuses the 101st connection and ends the layer's waiting read after 5 s.
            "CONFIG": {
                "hosts": [{"address": os.environ["RIVAL_VALKEY"], "max_connections": 20_000, "socket_timeout": None}],
                "capacity": 1500,
            },
        }
    },
)
django.setup()


class Room(AsyncWebsocketConsumer):
    """Hands every message to everybody in the group."""

    async def connect(self) -> None:
        """Come in."""
        await self.channel_layer.group_add("class", self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Go."""
        await self.channel_layer.group_discard("class", self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Say something to all."""
        await self.channel_layer.group_send("class", {"type": "said", "text": text_data})

    async def said(self, event: dict[str, str]) -> None:
        """Pass on what somebody said."""
        await self.send(text_data=event["text"])


app = ProtocolTypeRouter(
    {"http": get_asgi_application(), "websocket": URLRouter([path("connection/websocket", Room.as_asgi())])}
)
