"""Reading what LiveKit says: protobuf in JSON, with names in either case, 64-bit numbers as text, times in ns or s."""

from collections.abc import Mapping
from datetime import UTC, datetime

from stoa.kit.conferences import RecordingSeen, RecordingStatus

_STATUSES = {
    "EGRESS_STARTING": RecordingStatus.STARTING,
    "EGRESS_ACTIVE": RecordingStatus.ACTIVE,
    "EGRESS_ENDING": RecordingStatus.ENDING,
    "EGRESS_COMPLETE": RecordingStatus.COMPLETE,
    "EGRESS_FAILED": RecordingStatus.FAILED,
    "EGRESS_ABORTED": RecordingStatus.FAILED,
    # The longest allowed recording: what was recorded until then is whole.
    "EGRESS_LIMIT_REACHED": RecordingStatus.COMPLETE,
}
# A message leaves out what has its default: a recording without a status is one that starts.
_NUMBERS = tuple(_STATUSES)
_LATEST = 4_102_444_800.0  # the year 2100


class Words:
    """One message of the server, asked by the names of its definition (`room_name`)."""

    def __init__(self, message: object) -> None:
        self._message: Mapping[str, object] = message if isinstance(message, Mapping) else {}

    def __bool__(self) -> bool:
        return bool(self._message)

    def raw(self, name: str) -> object:
        """Return a field as it came, None where it is left out."""
        return self._message.get(name, self._message.get(_camel(name)))

    def text(self, name: str) -> str:
        """Return a field of text, empty where it is left out or no text."""
        found = self.raw(name)
        return found if isinstance(found, str) else ""

    def number(self, name: str) -> int:
        """Return a whole number, 0 where it is left out or none."""
        found = self.raw(name)
        if isinstance(found, bool) or not isinstance(found, int | str):
            return 0
        text = str(found)
        return int(text) if text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 20 else 0

    def inner(self, name: str) -> "Words":
        """Return a message within, an empty one where it is left out."""
        return Words(self.raw(name))

    def several(self, name: str) -> list["Words"]:
        """Return repeated messages within."""
        found = self.raw(name)
        return [Words(one) for one in found] if isinstance(found, list) else []

    def nanoseconds(self, name: str) -> datetime | None:
        """Return a time that is told in nanoseconds, None where there is none."""
        return moment(self.number(name) / 1_000_000_000)

    def seconds(self, name: str) -> datetime | None:
        """Return a time that is told in seconds, None where there is none."""
        return moment(float(self.number(name)))

    @property
    def message(self) -> Mapping[str, object]:
        """Return the whole message."""
        return self._message


def moment(seconds: float) -> datetime | None:
    """Return a time since 1970, None for 0 and for what no calendar holds."""
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LATEST else None


def recording_of(egress: Words) -> RecordingSeen:
    """Return a recording from an EgressInfo."""
    files = egress.several("file_results") or [egress.inner("file")]
    status = egress.raw("status")
    if isinstance(status, int) and 0 <= status < len(_NUMBERS):
        status = _NUMBERS[status]
    known = _STATUSES.get(status) if isinstance(status, str) else None
    return RecordingSeen(
        id=egress.text("egress_id"),
        status=known or RecordingStatus.STARTING,
        started_at=files[0].nanoseconds("started_at") or egress.nanoseconds("started_at"),
        ended_at=files[0].nanoseconds("ended_at") or egress.nanoseconds("ended_at"),
        key=files[0].text("filename"),
        size_bytes=max(files[0].number("size"), 0),
        problem=egress.text("error")[:500],
    )


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
