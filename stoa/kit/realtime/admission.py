"""How many sockets a node takes, together and from one address, account or organization."""

from collections import Counter

from stoa.kit.realtime import codes
from stoa.kit.realtime.codes import Ended

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", ""})


class Admission:
    """Counts open connections; 0 is no limit."""

    def __init__(
        self, *, connections: int = 0, per_address: int = 0, per_account: int = 0, per_organization: int = 0
    ) -> None:
        self._most = connections
        self._limits = {"address": per_address, "account": per_account, "organization": per_organization}
        self._open = 0
        self._held: Counter[str] = Counter()

    @property
    def open(self) -> int:
        """Return how many are open."""
        return self._open

    def may_open(self, address: str) -> bool:
        """Tell whether a connection from an address may be opened at all, before anything is read from it."""
        if self._most and self._open >= self._most:
            return False
        return self._has_room("address", self._counted(address))

    def open_from(self, address: str) -> tuple[str, ...]:
        """Count a connection in; the tickets are given back by `close`."""
        self._open += 1
        return self._take("address", self._counted(address))

    def admit(self, *, account: str, organization: str) -> tuple[str, ...]:
        """Count a connection in for who it turned out to be, or end it."""
        if not self._has_room("account", account) or not self._has_room("organization", organization):
            raise Ended(codes.CONNECTION_LIMIT)
        return self._take("account", account) + self._take("organization", organization)

    def close(self, tickets: tuple[str, ...]) -> None:
        """Count a connection out."""
        self._open -= 1
        for ticket in tickets:
            self._held[ticket] -= 1
            if not self._held[ticket]:
                del self._held[ticket]

    def _has_room(self, kind: str, who: str) -> bool:
        limit = self._limits[kind]
        return not limit or not who or self._held[f"{kind}:{who}"] < limit

    def _take(self, kind: str, who: str) -> tuple[str, ...]:
        if not self._limits[kind] or not who:
            return ()
        ticket = f"{kind}:{who}"
        self._held[ticket] += 1
        return (ticket,)

    @staticmethod
    def _counted(address: str) -> str:
        # Whoever is on this machine is a proxy that names nobody, or a load test: no single person.
        return "" if address in LOOPBACK else address
