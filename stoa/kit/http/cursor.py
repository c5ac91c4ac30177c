"""Keyset pages: what a caller asks for, and cursors that are opaque outside and checked inside."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar
from zlib import crc32

import msgspec

from stoa.kit.contract import Page, Struct
from stoa.kit.errors import Malformed

Key = TypeVar("Key")
T = TypeVar("T")
_LONGEST = 1_024


class PageQuery(Struct, frozen=True, kw_only=True):
    """Where a page starts and how long it is."""

    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50

    @property
    def fetch(self) -> int:
        """Return how many rows to read: one more than the page, to see whether another follows."""
        return self.limit + 1


class Cursor(Generic[Key]):
    """The place in one list after which the next page starts: the sort key of its last item.

    Declare one per list with the type of its key, `Cursor("members", tuple[str, UUID])`; a cursor of another list,
    or one that somebody changed, is Malformed.
    """

    def __init__(self, name: str, key: type[Key]) -> None:
        self._head = crc32(name.encode())
        self._decoder = msgspec.msgpack.Decoder(key)

    def read(self, text: str | None) -> Key | None:
        """Return the key a cursor holds, None for the first page."""
        if text is None:
            return None
        try:
            if len(text) > _LONGEST:
                raise ValueError
            raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            if int.from_bytes(raw[:4], "big") != crc32(raw[4:], self._head):
                raise ValueError
            return self._decoder.decode(raw[4:])
        except (ValueError, NotBase64, msgspec.DecodeError):
            raise Malformed("The cursor is not one of this list.", hint="Start again without a cursor.") from None

    def write(self, key: Key) -> str:
        """Return the cursor that holds a key."""
        raw = msgspec.msgpack.encode(key)
        head = crc32(raw, self._head).to_bytes(4, "big")
        return urlsafe_b64encode(head + raw).decode().rstrip("=")

    def page(self, items: Sequence[T], query: PageQuery, key: Callable[[T], Key]) -> Page[T]:
        """Make a page of `query.fetch` items that were read in order."""
        if len(items) <= query.limit:
            return Page(items=list(items), next=None)
        kept = list(items[: query.limit])
        return Page(items=kept, next=self.write(key(kept[-1])))
