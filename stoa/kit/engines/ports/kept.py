"""Answers of other processes that this one goes by for seconds, until an event says that they changed."""

from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from stoa.kit.auth.context import has_caught_up, note_caught_up
from stoa.kit.clock import Clock
from stoa.kit.contract import Event
from stoa.kit.events import Consumers, Delivery, Envelope
from stoa.kit.inbox import Consumer, bound
from stoa.kit.invalidation import TOLD_PATIENCE_S, Invalidations
from stoa.kit.ports import CallSpec, Keeping

_Key = tuple[str, bytes]
_Subject = tuple[str, str]
_Ask = Callable[[], Awaitable[Any]]  # any: whatever the call answers


class _Kept:
    __slots__ = ("answer", "subject", "until")

    def __init__(self, answer: object, subject: _Subject, until: float) -> None:
        self.answer = answer
        self.subject = subject
        self.until = until


class KeptAnswers:
    """Bounded; what a change concerns is forgotten as soon as it is heard, and what is asked meanwhile is not kept.

    Whoever makes a change tells of it before it is answered, and whoever goes by what it has kept catches up first. Its
    event comes after and reaches those who missed that. While this process hears nobody nothing is kept.
    """

    def __init__(self, clock: Clock, invalidations: Invalidations | None, *, most: int = 10_000) -> None:
        self._clock = clock
        self._invalidations = invalidations
        self._most = most
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._about: dict[_Subject, set[_Key]] = defaultdict(set)
        self._paths: dict[str, set[str]] = defaultdict(set)
        self._types: dict[type[Event], None] = {}
        self._forgotten = 0

    def watch(self, spec: CallSpec, keeping: Keeping) -> None:
        """Listen to the events that concern a call; to be called before `consumers` and `listen`."""
        for event_type in keeping.until:
            self._types[event_type] = None
            self._paths[event_type.type_].add(spec.path)

    def listen(self) -> None:
        """Hear of changes as soon as the invalidations start."""
        if self._invalidations is not None and self._paths:
            self._invalidations.listen(list(self._paths), heard=self._heard, missed=self.forget_all)

    async def answer(
        self, spec: CallSpec, arguments: dict[str, Any], wire: bytes, ask: _Ask
    ) -> Any:  # any: as declared
        """Return the answer that is kept for these arguments, else ask, and keep it where it may be kept."""
        keeping, key = spec.keeping, (spec.path, wire)
        if keeping is None or self._invalidations is None or not self._invalidations.is_on:
            return await ask()
        kept = self._kept.get(key)
        is_young = kept is not None and self._clock.monotonic() < kept.until
        # After catching up it is no longer there if a change had been told.
        if kept is not None and is_young and await self._catch_up() and self._kept.get(key) is kept:
            return kept.answer
        forgotten = self._forgotten
        answer = await ask()
        subject = keeping.subject(arguments, answer)
        # What was answered before an event that was heard meanwhile may be older than it.
        if subject is not None and forgotten == self._forgotten:
            self._keep(key, _Kept(answer, (spec.path, str(subject)), self._clock.monotonic() + keeping.for_s))
        return answer

    async def _catch_up(self) -> bool:
        """Return whether what others told before the work in hand began has been heard; once is enough for it."""
        if has_caught_up():
            return True
        assert self._invalidations is not None
        is_so = await self._invalidations.caught_up()
        note_caught_up(is_so=is_so)
        return is_so

    def forget(self, type_: str, subject: str) -> None:
        """Forget the answers that an event of a type, with this key, concerns."""
        self._forgotten += 1
        for path in self._paths.get(type_, ()):
            for key in self._about.pop((path, subject), ()):
                del self._kept[key]

    def forget_all(self) -> None:
        """Forget everything, after a time in which nothing was heard."""
        self._forgotten += 1
        self._kept.clear()
        self._about.clear()

    def consumers(self) -> list[Consumer]:
        """Return what a process binds to its bus to hear what it was not told."""
        heard = Consumers("kept")

        @heard.broadcast(*self._types, patience_s=TOLD_PATIENCE_S)
        async def forget(event: Event, delivery: Delivery) -> None:
            self.forget(event.type_, event.ordering_key())

        return bound(heard.subscriptions, self, None) if self._invalidations is not None else []

    def _heard(self, envelope: Envelope) -> None:
        self.forget(envelope.type, envelope.partitionkey)

    def _keep(self, key: _Key, kept: _Kept) -> None:
        self._drop(key)
        self._kept[key] = kept
        self._about[kept.subject].add(key)
        while len(self._kept) > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: _Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            about = self._about[kept.subject]
            about.discard(key)
            if not about:
                del self._about[kept.subject]
