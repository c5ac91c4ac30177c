"""What surrounds the work in hand: the caller, the request's id, its deadline and its trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from stoa.kit.auth.caller import GUEST, Caller
from stoa.kit.clock import SystemClock
from stoa.kit.errors import DeadlineExceeded

_monotonic = SystemClock().monotonic


class Surroundings:
    """One mutable record per request, port call, event or job; one context variable is cheaper than four."""

    __slots__ = ("address", "caller", "deadline", "has_caught_up", "request_id", "traceparent")

    def __init__(self, request_id: str = "", traceparent: str | None = None) -> None:
        self.address = ""
        self.caller: Caller = GUEST
        self.request_id = request_id
        self.deadline: float | None = None
        # Whether all that others told before this work began has been heard, and it has asked for nothing since.
        self.has_caught_up = False
        self.traceparent = traceparent


_EMPTY = Surroundings()
surroundings: ContextVar[Surroundings] = ContextVar("stoa_surroundings", default=_EMPTY)


def current_caller() -> Caller:
    """Return who asks for the work in hand; a guest outside of any request."""
    return surroundings.get().caller


def current_address() -> str:
    """Return the network address a request comes from, as limits count it; empty outside of any."""
    return surroundings.get().address


def current_request_id() -> str:
    """Return the id that ties the logs of this work together, or an empty string."""
    return surroundings.get().request_id


def current_traceparent() -> str | None:
    """Return the W3C trace context of the work in hand."""
    return surroundings.get().traceparent


def remaining_s() -> float | None:
    """Return the seconds left until the deadline of the work in hand; None where there is none."""
    deadline = surroundings.get().deadline
    return None if deadline is None else max(0.0, deadline - _monotonic())


def check_deadline() -> None:
    """Raise DeadlineExceeded where the work in hand is already too late."""
    deadline = surroundings.get().deadline
    if deadline is not None and _monotonic() >= deadline:
        raise DeadlineExceeded


def has_caught_up() -> bool:
    """Tell whether the work in hand knows of all that others told before it began."""
    return surroundings.get().has_caught_up


def note_caught_up(*, is_so: bool) -> None:
    """Note whether the work in hand knows of what others told; without any work nothing is noted."""
    around = surroundings.get()
    around.has_caught_up = is_so and around is not _EMPTY


@contextmanager
def surrounded(
    *,
    caller: Caller | None = None,
    request_id: str | None = None,
    deadline_s: float | None = None,
    traceparent: str | None = None,
) -> Iterator[Surroundings]:
    """Run a block as a caller, under an id, a deadline from now and a trace; what is not given is inherited.

    An inherited deadline can be shortened, never lengthened.
    """
    outer = surroundings.get()
    inner = Surroundings(
        outer.request_id if request_id is None else request_id,
        outer.traceparent if traceparent is None else traceparent,
    )
    inner.address = outer.address
    inner.caller = outer.caller if caller is None else caller
    inner.deadline = outer.deadline
    if deadline_s is not None:
        limit = _monotonic() + deadline_s
        inner.deadline = limit if outer.deadline is None else min(limit, outer.deadline)
    token = surroundings.set(inner)
    try:
        yield inner
    finally:
        surroundings.reset(token)
