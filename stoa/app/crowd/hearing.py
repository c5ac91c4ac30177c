"""Reads what a room says once, however many hear it."""

import time
from collections.abc import Callable

import msgspec

from stoa.app.crowd.person import Heard
from stoa.app.crowd.tally import Tally

_LENGTHS = 64
_ALIKE = 4
_REMEMBERED = 2_000
_PUSH = b'{"push":'


class Ear:
    """Counts deliveries, times those messages that the crowd itself wrote, and tells when a poll is opened."""

    def __init__(self, tally: Tally, *, on_poll: Callable[[str, int], None]) -> None:
        self._tally = tally
        self._on_poll = on_poll
        self._sent: dict[str, float] = {}
        self._known: dict[int, list[tuple[bytes, Heard]]] = {}

    def sent(self, name: str) -> None:
        """Remember when a message was written."""
        self._sent[name] = time.monotonic()
        if len(self._sent) > _REMEMBERED:
            del self._sent[next(iter(self._sent))]

    def heard(self, payload: bytes) -> Heard | None:
        """Count a delivery of what many get alike; None for what is one person's own."""
        if not payload.startswith(_PUSH):
            return None
        heard = self._find(payload) or self._read(payload)
        if heard is None:
            return None
        self._tally.frames += 1
        self._tally.deliveries += heard.publications
        if heard.sent:
            now = time.monotonic()
            for sent in heard.sent:
                self._tally.latencies.add(now - sent)
        return heard

    def _find(self, payload: bytes) -> Heard | None:
        # The same bytes come 8,000 times: comparing a few of the same length is cheaper than reading or hashing.
        for known, heard in self._known.get(len(payload), ()):
            if known == payload:
                return heard
        return None

    def _read(self, payload: bytes) -> Heard | None:
        channel, offset, publications = "", 0, 0
        sent: list[float] = []
        for line in payload.split(b"\n"):
            push = msgspec.json.decode(line).get("push")
            if push is None or "pub" not in push or channel not in ("", push["channel"]):
                return None
            channel, offset = push["channel"], push["pub"].get("offset", 0)
            told = push["pub"]["data"]
            messages = told.get("messages") or [told.get("message") or told]
            publications += len(messages)
            sent += [at for one in messages if (at := self._sent.get(str(one.get("client_msg_id")))) is not None]
            if told.get("t") == "poll":
                self._on_poll(str(told["poll"]["id"]), len(told["poll"]["options"]))
        heard = Heard(channel=channel, publications=publications, offset=offset, sent=sent)
        self._tally.heard += publications
        self._keep(payload, heard)
        return heard

    def _keep(self, payload: bytes, heard: Heard) -> None:
        alike = self._known.setdefault(len(payload), [])
        alike.insert(0, (payload, heard))
        del alike[_ALIKE:]
        if len(self._known) > _LENGTHS:
            del self._known[next(iter(self._known))]
