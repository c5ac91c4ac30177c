"""The services as a process sees them that holds none: clients of their ports."""

from collections.abc import Mapping
from typing import TypeVar

from stoa.app.access import Access
from stoa.app.embedded import Ground
from stoa.kit.engines.ports.client import PortClient
from stoa.kit.engines.ports.envelope import pair_keys
from stoa.kit.engines.watch import watch_ports
from stoa.kit.manifest import derive_secret
from stoa.kit.ports import Port
from stoa.kit.telemetry.telemetry import Telemetry
from stoa.services.identity.contract import IdentityPort
from stoa.services.organizations.contract import OrganizationsPort

P = TypeVar("P", bound=Port)


class Neighbours:
    """Asks each service at its address, under a name of its own."""

    def __init__(self, ground: Ground, addresses: Mapping[str, str], telemetry: Telemetry, *, asker: str) -> None:
        self._ground = ground
        self._addresses = addresses
        self._asker = asker
        self._around = watch_ports(telemetry, kind="client")
        self._keys_of = pair_keys(lambda purpose: derive_secret(ground.root_secret, purpose))
        self._clients: dict[str, PortClient] = {}

    def port(self, wanted: type[P]) -> P:
        """Return a client of a service's port."""
        address = self._addresses[wanted.service_]
        client = self._clients.get(address)
        if client is None:
            client = self._clients[address] = PortClient(
                address, asker=self._asker, keys_of=self._keys_of, clock=self._ground.clock, around=self._around
            )
        return client.port(wanted)

    def access(self) -> Access:
        """Return what this process knows of tokens and roles, asked of those who own them."""
        return Access(
            clock=self._ground.clock,
            issuer=self._ground.urls.public_url,
            identity=self.port(IdentityPort),
            organizations=self.port(OrganizationsPort),
            default_slug=self._ground.settings.organization,
        )

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.close()
