"""The words that may cross a border: structs, typed ids, events, jobs and pages."""

from functools import lru_cache
from typing import ClassVar, Generic, NewType, TypeVar
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

OrganizationId = NewType("OrganizationId", UUID)
UserId = NewType("UserId", UUID)
EventId = NewType("EventId", UUID)
JobId = NewType("JobId", UUID)

T = TypeVar("T")


class Struct(msgspec.Struct, frozen=True, kw_only=True):
    """An immutable value with named fields: the only thing that crosses a border."""


class Event(Struct, frozen=True, kw_only=True):
    """A fact in the past tense, published by one service under a versioned type.

    A subclass sets `type_` ("stoa.courses.course-published.v1") and `key_`, the name of the field whose value
    orders the stream (one learner, one course). Its first field is `organization_id`. What nobody waits for sets
    `is_urgent_` to False: it leaves within half a second, together with others.
    """

    type_: ClassVar[str]
    key_: ClassVar[str]
    is_urgent_: ClassVar[bool] = True

    organization_id: OrganizationId

    def ordering_key(self) -> str:
        """Return the value that keeps this event in order with its siblings."""
        return str(getattr(self, self.key_))


class Job(Struct, frozen=True, kw_only=True):
    """The arguments of one background job, declared with its type and queue."""

    type_: ClassVar[str]
    queue_: ClassVar[str] = "default"
    max_attempts_: ClassVar[int] = 5


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """One keyset page of a list; `next` is the cursor of the following page, None at the end."""

    items: list[T]
    next: str | None


@lru_cache(maxsize=8192)
def text_of(id_: UUID) -> str:
    """Return the text of an id; the ids of those who are at work are written anew with every request."""
    return str(id_)


def new_id() -> UUID:
    """Return a fresh UUIDv7, which sorts by the moment of its making."""
    return uuid7()
