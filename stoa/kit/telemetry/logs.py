"""Logs as events: one line a use case, JSON or for the eye, and never a person's name, address or secret."""

import hashlib
import logging
import re
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

import msgspec

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


class Log:
    """The log of one service, over the standard library's loggers.

    Not structlog: it imports rich where that is installed, 170 ms and 5 MB at each start of each process.
    """

    __slots__ = ("_logger", "_service")

    def __init__(self, service: str) -> None:
        self._service = service
        self._logger = logging.getLogger(f"stoa.{service}")

    def debug(self, event: str, **fields: object) -> None:
        """Log what only a developer wants to know."""
        self._log(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Log a use case that ended as it should."""
        self._log(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Log what went wrong and was dealt with."""
        self._log(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Log what went wrong and needs somebody."""
        self._log(logging.ERROR, event, fields)

    def exception(self, event: str, **fields: object) -> None:
        """Log the exception in hand with its frames."""
        self._log(logging.ERROR, event, fields, with_frames=True)

    def _log(self, level: int, event: str, fields: dict[str, object], *, with_frames: bool = False) -> None:
        if self._logger.isEnabledFor(level):
            extra = {"stoa_fields": {"service": self._service, **fields}}
            self._logger.log(level, "%s", event, extra=extra, exc_info=with_frames)


def logger(service: str) -> Log:
    """Return the log of a service: `log.info("courses.published", course=course.id)`."""
    return Log(service)


_ORDINARY = frozenset(vars(logging.makeLogRecord({})))


def event_of(record: logging.LogRecord, formatter: logging.Formatter) -> dict[str, object]:
    """Return a log record as an event that may be shown: redacted, with the request it belongs to."""
    given: dict[str, object] = {
        name: value for name, value in vars(record).items() if name not in _ORDINARY and name != "stoa_fields"
    }
    own = vars(record).get("stoa_fields")
    given = {**given, **own} if isinstance(own, dict) else {"logger": record.name, **given}
    event: dict[str, object] = {
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "event": redact_text(record.getMessage()),
    }
    here = surroundings.get()
    if here.request_id:
        event["request_id"] = here.request_id
    if here.traceparent:
        event["trace_id"] = here.traceparent[3:35]
    event |= {name: redact(name, value) for name, value in given.items()}
    if record.exc_info and record.exc_info[0] is not None:
        event["exception"] = redact_text(formatter.formatException(record.exc_info))
    return event


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        return msgspec.json.encode(event_of(record, self)).decode()


class ConsoleFormatter(logging.Formatter):
    """One line for the eye, the frames of an exception below it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text."""
        event = event_of(record, self)
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        exception = event.pop("exception", None)
        rest = " ".join(
            f"{name}={value}" for name, value in event.items() if name not in ("timestamp", "level", "event")
        )
        line = f"{clock} {record.levelname.lower():<8}{event['event']}  {rest}".rstrip().replace("\n", "\\n")
        return line if exception is None else f"{line}\n{exception}"


def configure_logs(*, style: str = "json", level: str = "info", stream: TextIO | None = None) -> None:
    """Set up the process's logs; called once, by the composition root.

    The style is json, console, or auto: console on a terminal, else json.
    """
    number, out = logging.getLevelNamesMapping()[level.upper()], stream or sys.stderr
    handler = logging.StreamHandler(out)
    is_for_the_eye = style == "console" or (style == "auto" and out.isatty())
    handler.setFormatter(ConsoleFormatter() if is_for_the_eye else JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # What libraries have to say below a warning is theirs.
    root.setLevel(max(number, logging.WARNING))
    logging.getLogger("stoa").setLevel(number)
