"""Pages and sockets share a port: real connections, in the ways that browsers, proxies and the careless make them."""

import asyncio
import json
import socket
from importlib.metadata import version
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from stoa.kit.engines.sockets.tests.building import Serve
from stoa.kit.engines.sockets.websocket import SEND_BUFFER_BYTES, Socket
from stoa.kit.realtime.broker import Control
from stoa.kit.testing.waiting import until

UPGRADE = (
    b"GET /connection/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


async def say(ws: ClientConnection, **command: Any) -> Any:
    await ws.send(json.dumps({"id": 1, **command}))
    return json.loads(await asyncio.wait_for(ws.recv(), 10))


def masked(payload: bytes, *, first: int = 0x81) -> bytes:
    assert len(payload) < 126
    return bytes([first, 0x80 | len(payload), 0, 0, 0, 0]) + payload


def test_picows_is_the_version_whose_protocol_class_we_know() -> None:
    # door.py makes its WSProtocol, which is not among its public names: read the new one before the pin moves.
    assert version("picows") == "2.3.1"


async def test_pages_and_sockets_are_served_on_one_port(serving: Serve) -> None:
    async with serving() as place, httpx.AsyncClient() as http, connect(place.address) as ws:
        page = await http.get(f"http://127.0.0.1:{place.port}/somewhere")
        reply = await say(ws, connect={})

        assert page.status_code == 404
        assert reply["connect"]["pong"] is True


async def test_an_upgrade_may_come_in_pieces_or_after_a_page(serving: Serve) -> None:
    async with serving() as place:
        for before in (b"", b"GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
            if before:
                writer.write(before)
                assert b"404" in await reader.readuntil(b"\r\n\r\n")
            for piece in (UPGRADE[:7], UPGRADE[7:60], UPGRADE[60:] + b"\r\n"):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.02)
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            writer.write(masked(b'{"id":1,"connect":{}}'))

            assert b"101 Switching Protocols" in answer
            assert b'"client"' in await asyncio.wait_for(reader.readuntil(b"}}"), 10)
            writer.close()


async def test_what_comes_right_behind_the_upgrade_is_not_lost(serving: Serve) -> None:
    async with serving() as place:
        reader, writer = await asyncio.open_connection("127.0.0.1", place.port)

        writer.write(UPGRADE + b"\r\n" + masked(b'{"id":1,"connect":{}}'))
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)

        assert b'"client"' in await asyncio.wait_for(reader.readuntil(b"}}"), 10)
        writer.close()


async def test_a_long_header_is_read_to_its_end(serving: Serve) -> None:
    async with serving() as place, connect(place.address, additional_headers={"X-Long": "x" * 6_000}) as ws:
        assert "connect" in await say(ws, connect={})


async def test_compression_is_agreed_upon_and_used_for_what_all_hear(serving: Serve) -> None:
    async with serving() as place:
        reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
        writer.write(UPGRADE + b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        writer.write(masked(b'{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"c"}}'))
        await asyncio.wait_for(reader.readuntil(b'"positioned":true}}'), 10)

        await place.publish(b'"%b"' % (b"again and " * 100))
        first, size = await asyncio.wait_for(reader.readexactly(2), 10)

        assert b"permessage-deflate; server_no_context_takeover; client_no_context_takeover" in head
        assert (first, size < 126) == (0xC1, True)
        writer.close()


async def test_both_read_the_same_and_what_a_client_compresses_is_understood(serving: Serve) -> None:
    async with serving() as place, connect(place.address) as pressed, connect(place.address, compression=None) as plain:
        for ws in (pressed, plain):
            await say(ws, connect={})
            await say(ws, subscribe={"channel": "c"})

        await pressed.send(json.dumps({"id": 3, "publish": {"channel": "c", "data": "word " * 500}}))
        heard = []
        for ws in (pressed, plain):
            lines = []
            while not any("push" in line for line in lines):
                lines += [json.loads(line) for line in (await asyncio.wait_for(ws.recv(), 10)).split("\n")]
            heard.append(next(line["push"]["pub"]["data"] for line in lines if "push" in line))

        assert heard == ["word " * 500] * 2


async def test_a_message_in_pieces_is_put_together(serving: Serve) -> None:
    async with serving() as place, connect(place.address, compression=None) as ws:
        await ws.send(['{"id":1,', '"connect"', ":{}}"])

        assert "connect" in json.loads(await asyncio.wait_for(ws.recv(), 10))


async def test_a_path_that_is_no_socket_is_refused(serving: Serve) -> None:
    async with serving() as place:
        with pytest.raises(InvalidStatus) as refused:
            await connect(place.address + "/elsewhere")

        assert refused.value.response.status_code == 404


async def test_a_client_of_the_binary_form_is_told_so_by_a_number_that_it_does_not_come_back_from(
    serving: Serve,
) -> None:
    async with serving() as place:
        async with connect(place.address, subprotocols=[Subprotocol("centrifuge-protobuf")]) as ws:
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(ws.recv(), 10)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{place.port}") as http:
            binary = {"content-type": "application/octet-stream"}
            paths = ("/connection/http_stream", "/emulation")
            answers = [await http.post(path, content=b"\x02\x08\x01", headers=binary) for path in paths]

        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 3506
        assert [one.status_code for one in answers] == [415, 415]
        assert place.node.connections == 0


async def test_a_client_that_asks_for_the_json_form_by_name_gets_it(serving: Serve) -> None:
    offered = [Subprotocol("centrifuge-protobuf"), Subprotocol("centrifuge-json")]
    async with serving() as place, connect(place.address, subprotocols=offered) as ws:
        assert ws.subprotocol == "centrifuge-json"
        assert "client" in (await say(ws, connect={}))["connect"]


async def test_a_full_node_says_so_before_the_handshake(serving: Serve) -> None:
    async with serving(connections=1) as place, connect(place.address):
        with pytest.raises(InvalidStatus) as refused:
            await connect(place.address)

        assert refused.value.response.status_code == 503


async def test_why_a_socket_is_closed_is_told_by_its_number(serving: Serve) -> None:
    async with serving() as place:
        async with connect(place.address) as put_out, connect(place.address) as binary:
            await say(put_out, connect={"token": "ada"})
            await place.node.broker.control(Control(user="ada"))
            await binary.send(b"\x00")

            with pytest.raises(ConnectionClosed) as first:
                await asyncio.wait_for(put_out.recv(), 10)
            with pytest.raises(ConnectionClosed) as second:
                await asyncio.wait_for(binary.recv(), 10)

        assert first.value.rcvd is not None
        assert second.value.rcvd is not None
        assert (first.value.rcvd.code, second.value.rcvd.code) == (3503, 3506)
        await until(lambda: place.node.connections == 0)


@pytest.mark.parametrize(
    ("compression", "message"),
    [(None, "x" * 20_000), ("deflate", "x" * 20_000), (None, ["x" * 8_000] * 3)],
    ids=["in one frame", "compressed", "in pieces"],
)
async def test_a_message_larger_than_allowed_ends_the_connection_with_the_number_that_says_so(
    serving: Serve, compression: str | None, message: str | list[str]
) -> None:
    async with serving(message_bytes=10_000) as place, connect(place.address, compression=compression) as ws:
        await ws.send(message)

        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(ws.recv(), 10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        await until(lambda: place.node.connections == 0)


async def test_who_reads_nothing_is_closed_and_the_others_hear_on(serving: Serve) -> None:
    async with serving(behind_s=1.0) as place, connect(place.address, max_queue=None) as reading:
        await say(reading, connect={})
        await say(reading, subscribe={"channel": "c"})
        stuck, writer = await asyncio.open_connection("127.0.0.1", place.port, limit=1024)
        writer.write(UPGRADE + b"\r\n" + masked(b'{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"c"}}'))
        await asyncio.wait_for(stuck.readuntil(b"\r\n\r\n"), 10)
        await until(lambda: place.node.rooms.get("c") is not None and place.node.connections == 2)
        _, client = place.node.clients_of("")
        said = 0

        async def until_closed() -> None:
            nonlocal said
            while place.node.tally.slow == 0:
                await place.publish(b'"%b"' % (b"%d" % said * 20_000))
                said += 1
                await asyncio.sleep(0.02)

        await asyncio.wait_for(until_closed(), 30)
        heard = 0
        while heard < said:
            heard += len((await asyncio.wait_for(reading.recv(), 10)).split("\n"))

        assert heard == said
        assert place.node.connections == 1
        # The kernel holds nothing for it either: its end is an error, not what it never read.
        await until(lambda: client.pipe.descriptor < 0)
        with pytest.raises(ConnectionResetError):
            while await asyncio.wait_for(stuck.read(1 << 20), 10):
                pass
        writer.close()


async def test_who_stops_reading_for_a_while_misses_nothing_and_no_frame_is_torn(serving: Serve) -> None:
    async with serving(behind_bytes=1_000_000, behind_s=60.0) as place:
        reader, writer = await asyncio.open_connection("127.0.0.1", place.port, limit=1024)
        writer.write(UPGRADE + b"\r\n" + masked(b'{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"c"}}'))
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        await until(lambda: place.node.connections == 1)
        (client,) = place.node.clients_of("")
        await until(lambda: client.pipe.is_clear)
        said = 0
        for _ in range(3):
            # More than the kernel takes, with answers of its own between the frames of the room.
            while client.pipe.is_clear or said % 20:
                await place.publish(b'"%b"' % (b"%d " % said * 9_000))
                said += 1
                writer.write(masked(b'{"id":%d,"ping":{}}' % (said + 3)))
                await asyncio.sleep(0.03)
            messages: list[Any] = []
            while sum("pub" in one.get("push", {}) for one in messages) < said:
                messages += await _texts(reader)
            pubs = [one["push"]["pub"] for one in messages if "pub" in one.get("push", {})]
            assert [one["data"].split(" ")[0] for one in pubs] == [str(number) for number in range(said)]
            assert sum("ping" in one for one in messages) > 0
            await until(lambda: client.pipe.is_clear)
            said = 0
        writer.close()
    assert place.node.tally.slow == 0


async def _texts(reader: asyncio.StreamReader) -> list[Any]:
    """Read one frame and return its lines; a torn one has another first byte or is no JSON."""
    first, length = await asyncio.wait_for(reader.readexactly(2), 10)
    assert first == 0x81
    if length >= 126:
        length = int.from_bytes(await asyncio.wait_for(reader.readexactly(2 if length == 126 else 8), 10), "big")
    text = await asyncio.wait_for(reader.readexactly(length), 10)
    return [json.loads(line) for line in text.split(b"\n")]


async def test_a_descriptor_that_is_anothers_now_is_written_to_no_more(serving: Serve) -> None:
    async with serving() as place:
        for _ in range(20):
            gone, writer = await asyncio.open_connection("127.0.0.1", place.port)
            writer.write(UPGRADE + b"\r\n" + masked(b'{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"c"}}'))
            await asyncio.wait_for(gone.readuntil(b"\r\n\r\n"), 10)
            await until(lambda: place.node.rooms.get("c") is not None and place.node.connections == 1)
            (old,) = place.node.clients_of("")
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            writer.transport.abort()
            await place.publish(b'"for who is gone"')
            await until(lambda: place.node.connections == 0)
            async with connect(place.address) as ws:
                await say(ws, connect={})
                (new,) = place.node.clients_of("")
                await place.publish(b'"for who is gone"')
                answer = await say(ws, ping={})

            assert new is not old
            assert answer == {"id": 1, "ping": {}}
            await until(lambda: place.node.connections == 0)


async def test_the_kernel_hides_little_for_a_socket_that_is_stuck(serving: Serve) -> None:
    async with serving() as place, connect(place.address) as ws:
        await say(ws, connect={})
        (client,) = place.node.clients_of("")
        assert isinstance(client.pipe, Socket)
        transport = client.pipe._transport
        assert transport is not None
        sock = transport.underlying_transport.get_extra_info("socket")

        # Linux books twice what was asked for.
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * SEND_BUFFER_BYTES
