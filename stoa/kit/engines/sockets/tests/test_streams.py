"""Where WebSockets do not get through: streams over plain HTTP, and the side channel on which their clients speak."""

import asyncio
import json

import httpx

from stoa.kit.clock import SystemClock
from stoa.kit.engines.memory.realtime import Hall
from stoa.kit.engines.sockets.tests.building import Serve
from stoa.kit.realtime.broker import Control
from stoa.kit.testing.waiting import until


async def test_a_stream_ends_with_the_reason_and_its_side_channel_knows_where_it_is(serving: Serve) -> None:
    async with serving() as place, httpx.AsyncClient(base_url=f"http://127.0.0.1:{place.port}", timeout=10) as http:
        async with http.stream("POST", "/connection/http_stream", content=b'{"id":1,"connect":{}}') as stream:
            lines = stream.aiter_lines()
            connected = json.loads(await anext(lines))["connect"]
            said = {"session": connected["session"], "node": connected["node"], "data": '{"id":2,"ping":{}}'}
            right = await http.post("/emulation", json=said)
            pong = json.loads(await anext(lines))
            elsewhere = await http.post("/emulation", json={**said, "node": "another"})
            gone = await http.post("/emulation", json={**said, "session": "another"})
            broken = await http.post("/emulation", content=b"{")
            await place.node.broker.control(Control(user=""))
            farewell = [json.loads(line) async for line in lines if line]

        assert (right.status_code, elsewhere.status_code, gone.status_code, broken.status_code) == (204, 404, 204, 400)
        assert pong == {"id": 2, "ping": {}}
        assert farewell == [{"push": {"disconnect": {"code": 3503, "reason": "force disconnect"}}}]
        assert place.node.connections == 0


async def test_a_stream_that_its_reader_left_is_forgotten(serving: Serve) -> None:
    async with serving() as place, httpx.AsyncClient(base_url=f"http://127.0.0.1:{place.port}", timeout=10) as http:
        async with http.stream("GET", "/connection/sse", params={"cf_connect": '{"id":1,"connect":{}}'}) as stream:
            found = await anext(line async for line in stream.aiter_lines() if line)
            assert json.loads(found.removeprefix("data: "))["id"] == 1

        await until(lambda: place.node.connections == 0)
        wrong = await http.get("/connection/http_stream")
        empty = await http.post("/connection/http_stream", content=b"")
        assert (wrong.status_code, empty.status_code) == (405, 400)


async def test_a_stream_whose_reader_reads_nothing_is_given_up(serving: Serve) -> None:
    async with serving(behind_s=0.2) as place:
        reader, writer = await asyncio.open_connection("127.0.0.1", place.port, limit=1024)
        body = b'{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"c"}}'
        head = b"POST /connection/http_stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
        writer.write(head + body)
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        await until(lambda: place.node.rooms.get("c") is not None)

        async def talk_until_alone() -> None:
            while place.node.connections:
                await place.publish(b'"%b"' % (b"x" * 200_000))
                await asyncio.sleep(0.02)

        await asyncio.wait_for(talk_until_alone(), 30)

        assert place.node.tally.slow >= 1
        writer.close()


async def test_what_an_emulated_client_says_to_another_server_reaches_the_one_that_holds_its_stream(
    serving: Serve,
) -> None:
    hall = Hall(SystemClock())
    async with serving(hall) as holds, serving(hall) as other, httpx.AsyncClient(timeout=10) as http:
        address = f"http://127.0.0.1:{holds.port}/connection/http_stream"
        async with http.stream("POST", address, content=b'{"id":1,"connect":{}}') as stream:
            lines = stream.aiter_lines()
            connected = json.loads(await anext(lines))["connect"]
            said = {"session": connected["session"], "node": connected["node"], "data": '{"id":2,"ping":{}}'}

            answer = await http.post(f"http://127.0.0.1:{other.port}/emulation", json=said)
            forged = await http.post(f"http://127.0.0.1:{other.port}/emulation", json={**said, "session": "another"})
            nowhere = await http.post(f"http://127.0.0.1:{other.port}/emulation", json={**said, "node": "a b"})

            assert json.loads(await anext(lines)) == {"id": 2, "ping": {}}
            assert (answer.status_code, forged.status_code, nowhere.status_code) == (204, 204, 404)
            assert holds.node.connections == 1
