"""Traces across process borders: W3C traceparent in and out, OpenTelemetry spans when somebody collects them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from stoa.kit.auth.context import surroundings

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

Kind = Literal["internal", "server", "client", "producer", "consumer"]
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def parse_traceparent(text: str) -> tuple[int, int, int] | None:
    """Return trace id, span id and flags, or None for what is no traceparent."""
    found = _TRACEPARENT.fullmatch(text)
    if found is None:
        return None
    trace, span, flags = (int(part, 16) for part in found.groups())
    return (trace, span, flags) if trace and span else None


class Tracing:
    """Opens spans; without a collector it only passes a trace context on, and the SDK is never imported."""

    def __init__(self) -> None:
        self.is_on = False
        self._provider: TracerProvider | None = None

    @classmethod
    def over(cls, exporter: SpanExporter, *, service: str, batched: bool = False) -> Tracing:
        """Return tracing that hands its spans to an exporter."""
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

        tracing = cls()
        provider = TracerProvider(resource=Resource({"service.name": service}), shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(exporter) if batched else SimpleSpanProcessor(exporter))
        tracing._provider = provider
        tracing.is_on = True
        return tracing

    @classmethod
    def from_endpoint(cls, endpoint: str | None, *, service: str) -> Tracing:
        """Return tracing over OTLP/HTTP where an endpoint (STOA_OTLP_ENDPOINT) is given, else tracing that is off."""
        if not endpoint:
            return cls()
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        return cls.over(exporter, service=service, batched=True)

    @contextmanager
    def span(
        self,
        name: str,
        *,
        kind: Kind = "internal",
        parent: str | None = None,
        attributes: Mapping[str, str | int | float | bool] | None = None,
    ) -> Iterator[Span | None]:
        """Run a block as a span under `parent` (a traceparent) or under the work in hand, and pass its context on."""
        here = surroundings.get()
        before = here.traceparent
        if self._provider is None:
            here.traceparent = parent or before
            try:
                yield None
            finally:
                here.traceparent = before
            return
        from opentelemetry.trace import SpanKind, Status, StatusCode

        tracer = self._provider.get_tracer("stoa")
        span = tracer.start_span(
            name, context=_remote(parent or before), kind=SpanKind[kind.upper()], attributes=attributes
        )
        context = span.get_span_context()
        here.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"
        try:
            yield span
        except BaseException as error:
            # The class, never the text: a message may name a person.
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            here.traceparent = before
            span.end()

    def close(self) -> None:
        """Hand over what is still held back."""
        if self._provider is not None:
            self._provider.shutdown()


def _remote(traceparent: str | None) -> Context:
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    parsed = parse_traceparent(traceparent) if traceparent else None
    if parsed is None:
        return Context()
    trace, span, flags = parsed
    parent = SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(flags))
    return set_span_in_context(NonRecordingSpan(parent), Context())
