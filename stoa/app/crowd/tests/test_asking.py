import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from stoa.app.crowd.http import Asking

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n" + b'{"a": 1}'


@dataclass
class Counter:
    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)


@pytest.fixture
async def server() -> AsyncIterator[Counter]:
    seen = Counter()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                seen.requests.append(head + await reader.readexactly(size))
                answer = seen.answers.pop(0) if seen.answers else OK
                if not answer:
                    break
                writer.write(answer)
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    seen.port = listening.sockets[0].getsockname()[1]
    yield seen
    listening.close()


async def test_requests_share_the_connections_that_stay_open(server: Counter) -> None:
    asking = Asking("127.0.0.1", server.port, connections=2)

    answers = await asyncio.gather(*(asking.ask("GET", f"/{n}") for n in range(10)))
    asking.close()

    assert {answer.status for answer in answers} == {200}
    assert answers[0].read() == {"a": 1}
    assert server.connections <= 2


async def test_a_body_goes_as_json_with_the_headers(server: Counter) -> None:
    asking = Asking("127.0.0.1", server.port, connections=1)

    await asking.ask("POST", "/x", body={"b": [2]}, headers={"stoa-join": "token"})
    asking.close()

    assert server.requests[0].startswith(b"POST /x HTTP/1.1\r\n")
    assert b"stoa-join: token\r\n" in server.requests[0]
    assert server.requests[0].endswith(b'\r\n\r\n{"b":[2]}')


async def test_a_connection_that_breaks_gives_no_answer_and_the_next_request_opens_another(server: Counter) -> None:
    server.answers.append(b"")
    asking = Asking("127.0.0.1", server.port, connections=1)

    broken, good = await asking.ask("GET", "/"), await asking.ask("GET", "/")
    asking.close()

    assert (broken.status, good.status, server.connections) == (0, 200, 2)
    assert not broken.is_good


async def test_an_answer_in_chunks_is_put_together(server: Counter) -> None:
    head = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.answers.append(head + b'3\r\n{"c\r\n5\r\n": 3}\r\n0\r\n\r\n')
    asking = Asking("127.0.0.1", server.port, connections=1)

    answer = await asking.ask("GET", "/")
    asking.close()

    assert (answer.status, answer.read()) == (201, {"c": 3})
