"""Logs as events: one line a use case, JSON or for the eye, and never a person's name, address or secret."""

import hashlib
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO, cast

import msgspec
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from stoa.kit.auth.context import surroundings

REDACTED = "[redacted]"
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_LINK_SECRET = re.compile(r"([?&](?:token|code|key|signature|sig|secret|password)=)[^&\s\"']+", re.IGNORECASE)
# PostgreSQL quotes whole rows there.
_DETAIL = re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE)
_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_SECRET = re.compile(r"password|passwd|secret|token|authorization|cookie|signature|private|api_?key", re.IGNORECASE)
_PERSONAL = re.compile(
    r"(?:^|_)(?:e?mail|emails|display_name|legal_name|full_name|first_name|last_name|user_?name|login|phone|birth\w*"
    r"|pronouns|bio|recipient|to|ip|address|remote_addr|peer)$",
    re.IGNORECASE,
)
_DEPTH = 6


def pseudonym(text: str) -> str:
    """Return a short digest by which two log lines about one person can be told to be so."""
    return "#" + hashlib.blake2b(text.strip().lower().encode(), digest_size=6).hexdigest()


def redact_text(text: str) -> str:
    """Return a text without e-mail and network addresses, tokens and the secrets of links."""
    if "@" in text:
        text = _EMAIL.sub(lambda found: pseudonym(found.group()), text)
    if "DETAIL" in text or "CONTEXT" in text:
        text = _DETAIL.sub(rf"\1: {REDACTED}", text)
    text = _TOKEN.sub(REDACTED, text)
    text = _LINK_SECRET.sub(rf"\1{REDACTED}", text)
    return _ADDRESS.sub(lambda found: pseudonym(found.group()), text)


def redact(name: str, value: object, depth: int = 0) -> object:
    """Return a value that may be logged under a name."""
    if value is None or isinstance(value, bool):
        return value
    if _SECRET.search(name):
        return REDACTED
    if isinstance(value, int | float):
        return value
    if _PERSONAL.search(name):
        return pseudonym(str(value))
    return _redact_inside(name, value, depth)


def _redact_inside(name: str, value: object, depth: int) -> object:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, str) or depth >= _DEPTH:
        return redact_text(value) if isinstance(value, str) else REDACTED
    if isinstance(value, msgspec.Struct):
        value = {key: getattr(value, key) for key in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {redact_text(str(key)): redact(str(key), inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(name, inner, depth + 1) for inner in value]
    return redact_text(str(value))


def without_personal_data(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Redact every field of a log event: structlog's processor."""
    return {name: redact(name, value) for name, value in event.items()}


def with_surroundings(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Add the request's id and the trace to a log event."""
    here = surroundings.get()
    if here.request_id:
        event.setdefault("request_id", here.request_id)
    if here.traceparent:
        event.setdefault("trace_id", here.traceparent[3:35])
    return event


def logger(service: str) -> FilteringBoundLogger:
    """Return the log of a service: `log.info("courses.published", course=course.id)`."""
    return cast(FilteringBoundLogger, structlog.get_logger(service=service))  # structlog: get_logger returns Any


class _FromStandardLibrary(logging.Handler):
    """Carries what libraries log into the same stream, redacted like everything else."""

    def emit(self, record: logging.LogRecord) -> None:
        fields: MutableMapping[str, Any] = {"logger": record.name}  # any: a log field is of any type
        if record.exc_info and record.exc_info[0] is not None:
            fields["exc_info"] = record.exc_info
        structlog.get_logger().log(record.levelno, redact_text(record.getMessage()), **fields)


def configure_logs(
    *, style: Literal["json", "console"] = "json", level: str = "info", stream: TextIO | None = None
) -> None:
    """Set up the process's logs; called once, by the composition root."""
    number = logging.getLevelNamesMapping()[level.upper()]
    render: structlog.typing.Processor
    if style == "json":
        render = structlog.processors.JSONRenderer(serializer=lambda event, **_: msgspec.json.encode(event).decode())
    else:
        render = structlog.dev.ConsoleRenderer(colors=bool(getattr(stream or sys.stderr, "isatty", bool)()))
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            with_surroundings,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            without_personal_data,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_FromStandardLibrary()]
    root.setLevel(max(number, logging.WARNING))
