"""A crowd gives its seats back when it goes, so that the next one finds the class empty."""

import asyncio
import json
from collections import Counter

from stoa.app.crowd.crowd import Crowd, Plan
from stoa.kit.clock import SystemClock
from stoa.kit.http.passes import LoadPasses
from stoa.kit.testing.waiting import until

PEOPLE = 60
JOINED = {"join_token": "seat", "channels": [], "connection_token": "socket", "class": {"id": "7"}, "renew_in_s": 60}


async def test_who_goes_gives_the_seat_back() -> None:
    asked: Counter[str] = Counter()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                method, path, _ = head.split(" ", 2)
                size = int(head.lower().split("content-length: ")[1].split("\r\n")[0]) if method == "POST" else 0
                await reader.readexactly(size)
                asked[path] += 1
                if method == "GET":
                    # No sockets here: what a crowd gives back are its seats.
                    writer.write(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
                    break
                if path.endswith("/leave"):
                    assert "stoa-join: seat\r\n" in head
                body = json.dumps(JOINED).encode() if path.endswith("/guests") else b"{}"
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        websocket = f"ws://127.0.0.1:{port}/connection/websocket"
        plan = Plan(host="127.0.0.1", port=port, websocket=websocket, code="123456", people=PEOPLE, messages_per_s=0)
        crowd = Crowd(plan, LoadPasses(b"key", SystemClock()), spawn=lambda person: None)
        async with crowd.filling():
            await until(lambda: crowd.tally.joined == PEOPLE)

    assert asked["/api/v1/live/guests"] == PEOPLE
    assert asked["/api/v1/live/classes/7/leave"] == PEOPLE
