"""What surrounds the routes: probes, load shedding, drain, compression, cross-origin calls, mounts, lifespan."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import brotli
import pytest

from stoa.kit.contract import Struct
from stoa.kit.errors import EnvironmentProblem, Unavailable
from stoa.kit.http.answer import Cookie
from stoa.kit.http.app import HttpOptions
from stoa.kit.http.router import PUBLIC, Answer, Limit, Router
from stoa.kit.testing.routes import RoutesUnderTest
from stoa.kit.testing.waiting import until

router = Router("mill")
LONG = "grain " * 2_000


class Mill:
    """A service that works until it is told to end."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.inside = 0


class Report(Struct, frozen=True, kw_only=True):
    """A report."""

    text: str


@router.get("/grind", permission=PUBLIC)
async def grind(mill: Mill) -> str:
    """Grind."""
    mill.inside += 1
    await mill.may_end.wait()
    return "flour"


@router.get("/report", permission=PUBLIC, urgency="reporting")
async def report(mill: Mill) -> Report:
    """Report at length."""
    return Report(text=LONG)


@router.post("/save", permission=PUBLIC, limit=Limit("mill.save", per_caller=1000))
async def save(mill: Mill) -> str:
    """Save."""
    return "saved"


@router.get("/secret", permission=PUBLIC)
async def secret(mill: Mill) -> Answer[str]:
    """Hand out a secret with a cookie."""
    return Answer(LONG, cookies=(Cookie("a", "b"),))


@pytest.fixture
def mill() -> Mill:
    return Mill()


async def test_the_probes_tell_life_readiness_and_why_not(mill: Mill) -> None:
    async def broken() -> None:
        raise Unavailable("The database is away.")

    well = RoutesUnderTest((router, mill)).client()
    ill = RoutesUnderTest((router, mill), readiness={"database": broken}).client()

    alive, ready, unready = await ill.get("/livez"), await well.get("/readyz"), await ill.get("/readyz")

    assert (alive.status_code, ready.status_code, unready.status_code) == (200, 200, 503)
    assert unready.json() == {"ready": False, "checks": {"database": "The database is away."}}


async def test_metrics_count_each_route_by_outcome(mill: Mill) -> None:
    served = RoutesUnderTest((router, mill))
    client = served.client()
    for _ in range(3):
        await client.get("/api/v1/report")

    text = (await client.get("/metrics", headers={"host": "127.0.0.1:8000"})).text

    assert 'stoa_http_calls_total{call="report",outcome="2xx",service="mill"} 3.0' in text
    assert 'stoa_http_duration_seconds_bucket{call="report",le="+Inf",service="mill"} 3.0' in text
    assert text.endswith("# EOF\n")


async def test_figures_are_shown_here_or_for_their_token(mill: Mill) -> None:
    closed = RoutesUnderTest((router, mill)).client()
    opened = RoutesUnderTest((router, mill), options=HttpOptions(metrics_token="figures")).client()

    refused = await closed.get("/metrics")
    answers = [
        (await client.get("/metrics", headers={"authorization": f"Bearer {token}"})).status_code
        for client, token in ((closed, ""), (closed, "figures"), (opened, "figures"), (opened, "figure"), (opened, ""))
    ]

    assert (refused.status_code, refused.json()["code"]) == (403, "stoa.forbidden")
    assert answers == [403, 403, 200, 403, 403]


async def test_a_full_process_turns_reports_away_first_and_saves_last(mill: Mill) -> None:
    served = RoutesUnderTest((router, mill), options=HttpOptions(most_in_flight=10))
    client = served.client()
    working = [asyncio.create_task(client.get("/api/v1/grind")) for _ in range(5)]
    await until(lambda: mill.inside == 5)

    refused, saved = await client.get("/api/v1/report"), await client.post("/api/v1/save")
    more = [asyncio.create_task(client.get("/api/v1/grind")) for _ in range(4)]
    await until(lambda: mill.inside == 8)
    fourth = await more[3]
    mill.may_end.set()

    assert (refused.status_code, saved.status_code, fourth.status_code) == (503, 200, 503)
    assert refused.json()["code"] == "stoa.unavailable"
    assert int(refused.headers["retry-after"]) >= 1
    assert {one.status_code for one in await asyncio.gather(*working, *more[:3])} == {200}
    assert served.app.lifecycle.in_flight == 0


async def test_a_drain_turns_readiness_off_first_and_waits_for_what_is_in_flight(mill: Mill) -> None:
    served = RoutesUnderTest((router, mill))
    client = served.client()
    working = asyncio.create_task(client.get("/api/v1/grind"))
    await until(lambda: mill.inside == 1)

    draining = asyncio.create_task(served.app.lifecycle.drain())
    await until(lambda: served.app.lifecycle.is_draining)
    unready, late = await client.get("/readyz"), await client.get("/api/v1/report")
    assert not draining.done()
    mill.may_end.set()

    assert (unready.status_code, late.status_code, late.headers["connection"]) == (503, 200, "close")
    assert (await working).status_code == 200
    assert await draining


async def test_a_drain_does_not_wait_for_ever(mill: Mill) -> None:
    served = RoutesUnderTest((router, mill))
    working = asyncio.create_task(served.client().get("/api/v1/grind"))
    await until(lambda: mill.inside == 1)

    ended = await served.app.lifecycle.drain(timeout_s=0.01)
    mill.may_end.set()
    await working

    assert not ended


@pytest.mark.parametrize("encoding", ["br", "gzip"])
async def test_a_long_answer_is_compressed_as_the_caller_takes_it(mill: Mill, encoding: str) -> None:
    answer = await RoutesUnderTest((router, mill)).client(headers={"accept-encoding": encoding}).get("/api/v1/report")

    assert answer.headers["content-encoding"] == encoding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.json()["text"] == LONG
    assert int(answer.headers["content-length"]) < 1_000


async def test_a_short_answer_and_one_with_a_cookie_stay_plain(mill: Mill) -> None:
    client = RoutesUnderTest((router, mill)).client(headers={"accept-encoding": "br, gzip"})

    short, with_cookie = await client.post("/api/v1/save"), await client.get("/api/v1/secret")

    assert "content-encoding" not in short.headers
    assert "content-encoding" not in with_cookie.headers


async def test_pages_of_other_origins_may_not_call_unless_they_are_named(mill: Mill) -> None:
    origin = {"origin": "https://app.test"}
    closed = RoutesUnderTest((router, mill)).client(headers=origin)
    opened = RoutesUnderTest((router, mill), options=HttpOptions(cors_origins=("https://app.test",))).client()

    without = await closed.get("/api/v1/report")
    with_it = await opened.get("/api/v1/report", headers=origin)
    stranger = await opened.get("/api/v1/report", headers={"origin": "https://evil.test"})
    asked = await opened.options("/api/v1/save", headers={**origin, "access-control-request-method": "POST"})

    assert "access-control-allow-origin" not in without.headers
    assert with_it.headers["access-control-allow-origin"] == "https://app.test"
    assert "access-control-allow-origin" not in stranger.headers
    assert asked.status_code == 204
    assert "POST" in asked.headers["access-control-allow-methods"]


async def test_what_is_mounted_answers_under_its_prefix_and_the_fallback_everywhere_but_under_api(mill: Mill) -> None:
    def saying(word: bytes):  # type: ignore[no-untyped-def]
        async def app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": word})

        return app

    client = RoutesUnderTest((router, mill), mounts={"/_ports": saying(b"port")}, fallback=saying(b"page")).client()

    texts = [(await client.get(path)).text for path in ("/_ports/courses/course_of", "/courses/logic", "/")]
    missing = await client.get("/api/v1/nothing")

    assert texts == ["port", "page", "page"]
    assert missing.status_code == 404


async def test_the_lifespan_starts_and_stops_what_it_is_given(mill: Mill) -> None:
    said: list[str] = []

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        said.append("started")
        yield
        said.append("stopped")

    served = RoutesUnderTest((router, mill), lifespan=lifespan)

    assert await _live(served) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert said == ["started", "stopped"]


async def test_a_lifespan_that_cannot_start_says_so(mill: Mill) -> None:
    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        raise EnvironmentProblem("The disk is full.")
        yield

    served = RoutesUnderTest((router, mill), lifespan=lifespan)

    assert await _live(served) == ["lifespan.startup.failed"]


async def _live(served: RoutesUnderTest) -> list[str]:
    coming = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return next(coming)

    async def send(message) -> None:  # type: ignore[no-untyped-def]
        sent.append(message["type"])

    await served.app({"type": "lifespan"}, receive, send)
    return sent


def test_the_two_encodings_are_what_they_say() -> None:
    from stoa.kit.http.reply import Reply, compressed

    body = LONG.encode()
    replies = [Reply(200, [], body) for _ in range(2)]
    compressed(replies[0], b"br")
    compressed(replies[1], b"gzip")

    assert brotli.decompress(replies[0].body) == gzip.decompress(replies[1].body) == body
