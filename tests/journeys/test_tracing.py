"""One trace from the gateway over the services and their ports to the consumers of what happened."""

from tests.harness.client import PASSWORD, wait_for
from tests.harness.collector import Collector, Seen
from tests.harness.platform import Platform
from tests.harness.study import newcomer, taught, titled

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
JOB_TRACE = "7bf92f3577b34da6a3ce929d0e0e4737"
CALLER = "00f067aa0ba902b7"
SERVER, CLIENT, CONSUMER = 2, 3, 5


def test_one_trace_leads_from_the_gateway_to_the_consumer_across_processes(split: Platform, collector: Collector):
    learner = newcomer(split, taught(split, title="Traced", run="traced"))
    colour = titled(learner.read(learner.units()[1]), "Colour")

    learner.api.client.headers["traceparent"] = f"00-{TRACE}-{CALLER}-01"
    learner.answer_rightly(colour)
    del learner.api.client.headers["traceparent"]
    # Each process sends its spans on its own, so a trace is whole only when all of them have.
    wait_for(lambda: _is_whole(collector), why="the spans of all three processes are collected")

    spans = collector.of(TRACE)
    gateway = next(span for span in spans if span.process == "gateway")
    route = next(span for span in spans if span.name == "progress.submit_answer")
    asked = next(span for span in spans if span.name == "assessment.answer" and span.kind == CLIENT)
    answered = next(span for span in spans if span.name == "assessment.answer" and span.kind == SERVER)
    (consumer, *_) = _find(collector, "progress", CONSUMER)
    assert (gateway.parent, route.parent, asked.parent, answered.parent) == (
        CALLER,
        gateway.span,
        route.span,
        asked.span,
    )
    assert [gateway.process, route.process, asked.process, answered.process, consumer.process] == [
        "gateway",
        "progress",
        "progress",
        "assessment",
        "progress",
    ]
    assert answered.span in _line_of(consumer, spans)


def test_a_job_is_done_in_the_trace_of_whoever_queued_it(split: Platform, collector: Collector):
    api = split.api()

    api.client.headers["traceparent"] = f"00-{JOB_TRACE}-{CALLER}-01"
    api.post(
        "/identity/register",
        {"email": "traced@example.org", "password": PASSWORD, "display_name": "Traced"},
        expect=202,
    )
    wait_for(lambda: _jobs_of(collector), why="the letter's job is collected")

    spans = collector.of(JOB_TRACE)
    route = next(span for span in spans if span.name == "identity.register")
    job = _jobs_of(collector)[0]
    assert route.span in _line_of(job, spans)


def _jobs_of(collector: Collector) -> list[Seen]:
    spans = collector.of(JOB_TRACE)
    is_route_there = any(span.name == "identity.register" for span in spans)
    return [span for span in spans if span.process == "jobs" and span.kind == CONSUMER] if is_route_there else []


def _is_whole(collector: Collector) -> bool:
    seen = {(span.process, span.kind) for span in collector.of(TRACE)}
    return seen >= {
        ("gateway", SERVER),
        ("progress", SERVER),
        ("progress", CLIENT),
        ("assessment", SERVER),
        ("progress", CONSUMER),
    }


def _find(collector: Collector, process: str, kind: int) -> list[Seen]:
    return [span for span in collector.of(TRACE) if span.process == process and span.kind == kind]


def _line_of(span: Seen, spans: list[Seen]) -> list[str]:
    by_id = {one.span: one for one in spans}
    line = []
    while span.parent in by_id:
        span = by_id[span.parent]
        line.append(span.span)
    return line
