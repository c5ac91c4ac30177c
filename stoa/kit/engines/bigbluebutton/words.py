"""Reading the XML that BigBlueButton answers with."""

from datetime import datetime, timedelta

from lxml import etree

from stoa.kit.conferences import ConferenceMisconfigured, Present, RecordingSeen, RecordingStatus, Right, Seen

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_LATEST_MS = 4_102_444_800_000  # the year 2100
_STATES = {
    "processing": RecordingStatus.ENDING,
    "processed": RecordingStatus.ENDING,
    "published": RecordingStatus.COMPLETE,
    "unpublished": RecordingStatus.COMPLETE,
}
# What a browser plays in a page comes before what opens a player of its own.
_FORMATS = ("video", "presentation", "podcast")


class Answer:
    """One answer: its success, its key and what is in it."""

    def __init__(self, body: bytes) -> None:
        # The answer may come from a proxy or a stranger: no entities, no network, no huge trees.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            self.root = etree.fromstring(body, parser)
        except (etree.XMLSyntaxError, ValueError):
            raise ConferenceMisconfigured("What answers at STOA_BIGBLUEBUTTON_URL is no BigBlueButton") from None

    @property
    def is_success(self) -> bool:
        """Tell whether the call succeeded."""
        return self.text("returncode").upper() == "SUCCESS"

    @property
    def key(self) -> str:
        """Return the key of the message, which stays the same over versions."""
        return self.text("messageKey")

    def text(self, path: str) -> str:
        """Return the text of an element, empty where there is none."""
        return text(self.root, path)


def text(element: etree._Element, path: str) -> str:
    """Return the text of an element within, empty where there is none."""
    return (element.findtext(path) or "").strip()


def moment(milliseconds: object) -> datetime | None:
    """Return a time told in milliseconds since 1970, None for 0 and for what no calendar holds."""
    told = str(milliseconds)
    number = int(told) if told.isascii() and told.isdigit() and len(told) <= 15 else 0
    return _EPOCH + timedelta(milliseconds=number) if 0 < number < _LATEST_MS else None


def seen(answer: Answer) -> Seen:
    """Return a room from the answer to getMeetingInfo."""
    return Seen(
        is_open=answer.text("endTime") in ("", "0") and answer.text("hasBeenForciblyEnded") != "true",
        session=answer.text("internalMeetingID"),
        is_recording=answer.text("recording") == "true",
        people=[_present(one) for one in answer.root.iterfind("attendees/attendee")],
    )


def _present(attendee: etree._Element) -> Present:
    return Present(
        identity=text(attendee, "userID"),
        name=text(attendee, "fullName"),
        right=Right.MODERATOR if text(attendee, "role") == "MODERATOR" else Right.SPEAKER,
        has_audio=text(attendee, "hasJoinedVoice") == "true",
        has_video=text(attendee, "hasVideo") == "true",
    )


def recordings(answer: Answer) -> list[RecordingSeen]:
    """Return the recordings from the answer to getRecordings."""
    return [_recording(one) for one in answer.root.iterfind("recordings/recording") if text(one, "recordID")]


def _recording(element: etree._Element) -> RecordingSeen:
    formats = {text(one, "type"): one for one in element.iterfind("playback/format")}
    best = next((formats[kind] for kind in _FORMATS if kind in formats), None)
    size = text(element, "size")
    return RecordingSeen(
        id=text(element, "recordID"),
        status=_STATES.get(text(element, "state"), RecordingStatus.ENDING),
        started_at=moment(text(element, "startTime")),
        ended_at=moment(text(element, "endTime")),
        address=text(best, "url") if best is not None else "",
        size_bytes=int(size) if size.isdigit() else 0,
    )
