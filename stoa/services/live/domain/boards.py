"""The whiteboard: elements that only the drawing program understands, kept newest by the rule that it uses itself."""

from typing import Literal

import msgspec

from stoa.kit.contract import Struct
from stoa.kit.errors import Invalid
from stoa.kit.realtime.wire import one_line

LARGEST_BYTES = 32 * 1024
MOST_IN_A_CALL = 50
LARGEST_CALL_BYTES = 48 * 1024
MOST_ELEMENTS = 2_000
# Erased ones are kept as a line each, so that an older stroke that comes late stays erased.
MOST_ROWS = 20_000
LARGEST_BOARD_BYTES = 4 * 1024 * 1024
# What is drawn goes to everybody: in a larger class only those draw who present.
MOST_DRAWING = 300
# Pictures and frames of other pages are none of it: they would be fetched by everybody's browser.
KINDS = Literal["rectangle", "diamond", "ellipse", "line", "arrow", "freedraw", "text"]


class BadElements(Invalid):
    """What was drawn cannot be kept."""

    code, title = "live.bad_elements", "This drawing cannot be kept"


class Element(Struct, frozen=True, kw_only=True):
    """One element: what orders its versions, and the whole of it as JSON."""

    id: str
    version: int
    nonce: int
    is_deleted: bool
    body: bytes


class _Head(msgspec.Struct):
    id: str
    version: int
    type: KINDS = "freedraw"
    versionNonce: int = 0
    isDeleted: bool = False
    link: str | None = None


def read_elements(raw: list[msgspec.Raw]) -> list[Element]:
    """Read what was drawn, the last of several versions of one element; raise BadElements."""
    if not raw or len(raw) > MOST_IN_A_CALL:
        raise BadElements(f"Send 1 to {MOST_IN_A_CALL} elements at once.")
    if sum(len(bytes(one)) for one in raw) > LARGEST_CALL_BYTES:
        raise BadElements(f"Send at most {LARGEST_CALL_BYTES:,} bytes of elements at once.")
    found: dict[str, Element] = {}
    for one in raw:
        try:
            body = one_line(bytes(one))
            head = msgspec.json.decode(body, type=_Head)
        except msgspec.DecodeError:
            raise BadElements("An element has an id, a version, and a type that may be drawn.") from None
        if head.link:
            raise BadElements("Elements of this whiteboard carry no links.")
        if head.isDeleted:
            body = msgspec.json.encode(head)
        element = Element(
            id=head.id, version=head.version, nonce=head.versionNonce, is_deleted=head.isDeleted, body=body
        )
        if not 0 < len(head.id) <= 64 or len(body) > LARGEST_BYTES or not _is_countable(element):
            raise BadElements(f"An element has an id of up to 64 characters and at most {LARGEST_BYTES:,} bytes.")
        if head.id not in found or is_newer(element, found[head.id]):
            found[head.id] = element
    return [found[id_] for id_ in sorted(found)]


def is_newer(one: Element, other: Element) -> bool:
    """Say whether one version of an element replaces another: the higher version, of equal ones the lower nonce."""
    return (one.version, -one.nonce) > (other.version, -other.nonce)


def _is_countable(element: Element) -> bool:
    return 0 <= element.version < 2**53 and -(2**53) < element.nonce < 2**53
