"""The streams of the fallbacks, asked as an HTTP server would ask them."""

import asyncio

from stoa.kit.clock import SystemClock
from stoa.kit.realtime.broker import Control
from stoa.kit.realtime.fallbacks import Message, fallback_app
from stoa.kit.testing.sockets import a_node
from stoa.kit.testing.waiting import until


async def test_the_reason_of_an_end_is_said_before_the_stream_ends_and_its_reader_may_leave_first() -> None:
    node = await a_node(SystemClock())
    sent: list[Message] = []
    is_asked, has_left = False, asyncio.Event()

    async def receive() -> Message:
        nonlocal is_asked
        if not is_asked:
            is_asked = True
            return {"type": "http.request", "body": b'{"id":1,"connect":{"token":"ada"}}', "more_body": False}
        await has_left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/connection/http_stream", "headers": [], "client": None}
    answering = asyncio.create_task(fallback_app(node)(scope, receive, send))
    await until(lambda: b'"connect"' in b"".join(one.get("body", b"") for one in sent))
    node.controlled(Control(user="ada"))
    await until(lambda: b'"disconnect"' in b"".join(one.get("body", b"") for one in sent))

    assert sent[-1]["more_body"]
    has_left.set()
    await answering
    assert not sent[-1]["more_body"]
    await node.stop()
