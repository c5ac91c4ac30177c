"""Logs without personal data, metrics within bounds, and one trace across process borders."""

import asyncio
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from stoa.kit.auth.context import current_request_id, current_traceparent, surrounded
from stoa.kit.contract import EventId, OrganizationId, Struct, new_id
from stoa.kit.events import Consumers, decode, encode, seal
from stoa.kit.http.router import PUBLIC, Limit, Router
from stoa.kit.inbox import Dispatcher, bound
from stoa.kit.telemetry.logs import REDACTED, configure_logs, logger, pseudonym, redact_text
from stoa.kit.telemetry.red import Red
from stoa.kit.telemetry.telemetry import Telemetry
from stoa.kit.telemetry.tracing import Tracing, parse_traceparent
from stoa.kit.testing.lemmas import LemmaProved
from stoa.kit.testing.routes import RoutesUnderTest, a_caller

CANARY = "canary.bird+ada@example.org"
NAME = "Ada Augusta Canarybird"
JWT = "eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJzdWIiOiJjYW5hcnlzdWJqZWN0In0.c2lnbmF0dXJlY2FuYXJ5"
SECRET = "canary-secret-0123456789"
router = Router("aviary")


class Bird(Struct, frozen=True, kw_only=True):
    """A registration, full of what must not be logged."""

    email: str
    password: str
    display_name: str


class Aviary:
    """A service that logs too much and then breaks."""


@router.post("/birds", permission=PUBLIC, limit=Limit("aviary.birds", per_caller=1000))
async def register_bird(body: Bird, aviary: Aviary) -> None:
    """Register."""
    log = logger("aviary")
    log.info("aviary.registered", bird=body, to=body.email, note=f"mail {body.email} sent with Bearer {JWT}")
    log.info("aviary.link", url=f"https://stoa.test/verify?token={SECRET}&x=1", peer="203.0.113.77")
    log.info("aviary.nested", inner={"deep": [{"legal_name": body.display_name, "tokens": [SECRET]}]})
    logging.getLogger("library").warning("could not mail %s", body.email)
    raise RuntimeError(f"constraint violated: email={body.email} token={JWT}")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    configure_logs(style="json", level="debug", stream=stream)
    yield stream
    logging.getLogger("stoa").setLevel(logging.NOTSET)
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_no_log_of_a_whole_request_holds_personal_data(lines: io.StringIO) -> None:
    client = RoutesUnderTest((router, Aviary())).client(a_caller(), headers={"X-Request-Id": "request-0001"})
    body = {"email": CANARY, "password": SECRET, "display_name": NAME}

    answer = await client.post("/api/v1/birds", json=body)

    text = lines.getvalue()
    events = [json.loads(line) for line in text.splitlines()]
    assert answer.status_code == 500
    assert [one["event"] for one in events][:3] == ["aviary.registered", "aviary.link", "aviary.nested"]
    assert events[-1]["event"] == "kit.request_failed"
    assert "RuntimeError" in events[-1]["exception"]
    for canary in ("canary.bird", "example.org", NAME, "Canarybird", JWT[:30], JWT[-20:], SECRET, "203.0.113.77"):
        assert canary not in text, canary


async def test_every_line_carries_the_requests_id_its_service_and_its_level(lines: io.StringIO) -> None:
    with surrounded(request_id="request-0002", traceparent=f"00-{'a' * 32}-{'b' * 16}-01"):
        logger("courses").info("courses.published", course="c1", revised=True)

    event = json.loads(lines.getvalue())
    assert {name: event[name] for name in ("event", "service", "level", "request_id", "trace_id", "course")} == {
        "event": "courses.published",
        "service": "courses",
        "level": "info",
        "request_id": "request-0002",
        "trace_id": "a" * 32,
        "course": "c1",
    }
    assert event["revised"] is True
    assert event["timestamp"].endswith("Z")


def test_a_line_for_the_eye_is_one_line_with_its_fields(lines: io.StringIO) -> None:
    configure_logs(style="console", level="info", stream=lines)

    logger("courses").info("courses.published", course="c1", note="two\nlines")
    logger("courses").debug("courses.looked")

    (line,) = lines.getvalue().splitlines()
    assert line.endswith("info    courses.published  service=courses course=c1 note=two\\nlines")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_is_given_lines_for_the_eye_and_a_pipe_json(is_terminal: bool) -> None:
    stream = io.StringIO()
    stream.isatty = lambda: is_terminal  # type: ignore[method-assign]  # a terminal that is none
    configure_logs(style="auto", stream=stream)

    logger("courses").info("courses.published")

    assert stream.getvalue().startswith("{") is not is_terminal


def test_what_a_library_adds_to_its_record_is_shown_and_redacted(lines: io.StringIO) -> None:
    logging.getLogger("library").warning("slow", extra={"path": "/x", "recipient": CANARY})

    event = json.loads(lines.getvalue())
    assert (event["logger"], event["path"], event["recipient"]) == ("library", "/x", pseudonym(CANARY))


def test_two_lines_about_one_person_can_be_told_to_be_so() -> None:
    assert pseudonym("Ada@Example.org ") == pseudonym("ada@example.org")
    assert redact_text("to ada@example.org") == f"to {pseudonym('ada@example.org')}"


@given(
    before=st.text(max_size=20),
    local=st.from_regex(r"[a-z][a-z0-9._+-]{2,20}", fullmatch=True),
    after=st.text(max_size=20),
)
def test_an_address_is_found_wherever_it_stands(before: str, local: str, after: str) -> None:
    assert f"{local}@mail.example.org" not in redact_text(f"{before} {local}@mail.example.org {after}")


@given(text=st.text(max_size=300))
def test_redaction_survives_any_text(text: str) -> None:
    redact_text(text)


def test_secrets_are_known_by_their_names_whatever_their_type(lines: io.StringIO) -> None:
    logger("identity").info("identity.tried", password=123456, refresh_token=b"x", totp_secret=None, attempts=3)

    event = json.loads(lines.getvalue())
    assert (event["password"], event["refresh_token"], event["totp_secret"], event["attempts"]) == (
        REDACTED, REDACTED, None, 3,
    )  # fmt: skip


def test_the_number_of_series_is_bounded() -> None:
    red = Red("http")

    for number in range(3_000):
        red.series("courses", f"call{number}").observe(0.1, "2xx")

    assert len(red._series) == 2_001
    assert red.series("other", "other").outcomes["2xx"] == 1_000


def test_each_process_has_its_own_registry() -> None:
    one, other = Telemetry(), Telemetry()

    one.counter("stoa_courses_published_total", "Courses published.", ("kind",)).labels("new").inc()

    assert b'stoa_courses_published_total{kind="new"} 1.0' in one.exposition()
    assert b"stoa_courses_published" not in other.exposition()


def test_durations_fall_into_cumulative_buckets() -> None:
    telemetry = Telemetry()
    series = telemetry.ports.series("courses", "course_of")
    for seconds in (0.0005, 0.003, 0.003, 99.0):
        series.observe(seconds, "ok")

    text = telemetry.exposition().decode()

    for most, count in (("0.001", 1.0), ("0.005", 3.0), ("30.0", 3.0), ("+Inf", 4.0)):
        labels = f'call="course_of",le="{most}",service="courses"'
        assert f"stoa_port_duration_seconds_bucket{{{labels}}} {count}" in text


async def test_a_callers_trace_runs_through_the_route_and_what_it_calls() -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing.over(exporter, service="gateway")
    consumer_exporter = InMemorySpanExporter()
    consumer = Tracing.over(consumer_exporter, service="progress")
    traced = Router("traced")
    carried: list[str | None] = []

    @traced.get("/things", permission=PUBLIC)
    async def things() -> str:
        """Call something."""
        with tracing.span("courses.course_of", kind="client"):
            carried.append(current_traceparent())
        return "done"

    parent = f"00-{'1' * 32}-{'2' * 16}-01"
    client = RoutesUnderTest((traced, None), telemetry=Telemetry(tracing)).client(headers={"traceparent": parent})
    await client.get("/api/v1/things")
    with surrounded(traceparent=carried[0]), consumer.span("progress.note", kind="consumer"):
        pass

    inner, outer = exporter.get_finished_spans()
    (consumed,) = consumer_exporter.get_finished_spans()
    assert {one.context.trace_id for one in (inner, outer, consumed)} == {int("1" * 32, 16)}
    assert outer.parent is not None
    assert outer.parent.span_id == int("2" * 16, 16)
    assert inner.parent is not None
    assert inner.parent.span_id == outer.context.span_id
    assert consumed.parent is not None
    assert consumed.parent.span_id == inner.context.span_id
    assert dict(outer.attributes or {}) == {
        "http.request.method": "GET", "http.route": "/api/v1/things", "http.response.status_code": 200,
    }  # fmt: skip


async def test_a_trace_goes_on_from_the_request_that_published_to_the_consumer_that_heard() -> None:
    gateway, progress = InMemorySpanExporter(), InMemorySpanExporter()
    tracing = Tracing.over(gateway, service="gateway")
    heard: list[tuple[str, str | None]] = []
    consumers = Consumers("lemmas")

    @consumers.broadcast(LemmaProved)
    async def note_lemma(event: LemmaProved) -> None:
        heard.append((current_request_id(), current_traceparent()))

    with surrounded(request_id="request-0003"), tracing.span("courses.publish", kind="server"):
        sent = seal(
            LemmaProved(organization_id=OrganizationId(new_id()), lemma_id=new_id(), title="Zorn"),
            id_=EventId(new_id()),
            service="lemmas",
            at=datetime(2026, 1, 5, tzinfo=UTC),
        )
    tracing = Tracing.over(progress, service="progress")
    dispatcher = Dispatcher(bound(consumers.subscriptions, None, None), telemetry=Telemetry(tracing))
    await dispatcher.start()
    await dispatcher.dispatch(decode(encode(sent)))
    await dispatcher.stop()

    (published,), (consumed,) = gateway.get_finished_spans(), progress.get_finished_spans()
    assert consumed.parent is not None
    assert consumed.parent.span_id == published.context.span_id
    assert consumed.context.trace_id == published.context.trace_id
    ((request_id, traceparent),) = heard
    assert request_id == "request-0003"
    assert traceparent is not None
    assert f"{consumed.context.span_id:016x}" in traceparent


def test_a_failed_span_names_the_class_and_never_the_words() -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing.over(exporter, service="kit")

    with pytest.raises(RuntimeError), surrounded(), tracing.span("work"):
        raise RuntimeError(CANARY)

    (span,) = exporter.get_finished_spans()
    assert span.status.description == "RuntimeError"
    assert CANARY not in span.to_json()


def test_without_a_collector_the_trace_is_passed_on_and_the_sdk_stays_out() -> None:
    parent = f"00-{'1' * 32}-{'2' * 16}-01"
    tracing = Tracing.from_endpoint(None, service="gateway")

    with surrounded(traceparent=parent), tracing.span("work"):
        assert current_traceparent() == parent

    script = (
        "import sys; from stoa.kit.telemetry.telemetry import Telemetry; Telemetry();"
        " import stoa.kit.http.app; print([n for n in sys.modules if n.startswith('opentelemetry')])"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


async def test_spans_go_to_the_otlp_endpoint_when_there_is_one() -> None:
    requests: list[bytes] = []

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    collector = await asyncio.start_server(collect, "127.0.0.1", 0)
    port = collector.sockets[0].getsockname()[1]
    tracing = Tracing.from_endpoint(f"http://127.0.0.1:{port}/", service="gateway")

    with surrounded(), tracing.span("work"):
        sent = current_traceparent()
    await asyncio.to_thread(tracing.close)
    collector.close()
    await collector.wait_closed()

    assert sent is not None
    assert parse_traceparent(sent) is not None
    assert requests == [b"POST /v1/traces HTTP/1.1\r\n"]


def test_the_details_of_a_database_error_stay_out_of_the_log(lines: io.StringIO) -> None:
    try:
        raise ValueError(f"duplicate key\nDETAIL:  Key (display_name)=({NAME}) already exists.")
    except ValueError:
        logger("people").exception("people.failed")

    event = json.loads(lines.getvalue())
    assert "duplicate key" in event["exception"]
    assert NAME not in event["exception"]
