"""Whose address a request comes from, when proxies stand between."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from stoa.kit.http.passes import HEADER, LoadPasses

_PASS = HEADER.encode()

Address = IPv4Address | IPv6Address


def is_loopback(name: str) -> bool:
    """Say whether a host name or an address, with or without a port, is this machine's own."""
    address = parse_address(name)
    return name.partition(":")[0] == "localhost" if address is None else address.is_loopback


def is_here(peer: tuple[str, int] | None, headers: Mapping[bytes, bytes]) -> bool:
    """Say whether somebody at this machine asks; a unix socket's peer is here.

    A name that is not of this machine is elsewhere too: a page there may have bound its own name to our address.
    """
    if peer is None or not peer[0]:
        return True
    return is_loopback(peer[0]) and is_loopback(headers.get(b"host", b"").decode("latin-1"))


class Proxies:
    """The networks whose word about the client is believed; a unix socket's peer is believed too.

    Where load tests are let in, this machine's own may show a pass that stands for an address.
    """

    def __init__(self, networks: Iterable[str] = (), passes: LoadPasses | None = None) -> None:
        self._networks = tuple(ip_network(text, strict=False) for text in networks)
        self._passes = passes

    def client_of(self, peer: tuple[str, int] | None, raw_headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Return the nearest address that no trusted proxy vouches for, IPv6 as its /64, as rate limits count them.

        X-Forwarded-For is read from the right: what stands left of the first untrusted hop can be anybody's invention.
        """
        address = parse_address(peer[0]) if peer else None
        if self._passes is not None and address is not None and address.is_loopback:
            for name, value in raw_headers:
                if name == _PASS and value and (stood_for := self._passes.address_of(value)) is not None:
                    return stood_for
        if peer is not None and not self._trusts(address):
            return _counted(address, peer[0])
        forwarded = b",".join(value for name, value in raw_headers if name == b"x-forwarded-for")
        nearest = address
        for text in reversed(forwarded.decode("latin-1").split(",") if forwarded else []):
            hop = parse_address(text)
            if hop is None:
                break
            nearest = hop
            if not self._trusts(hop):
                break
        return _counted(nearest, peer[0] if peer else "local")

    def _trusts(self, address: Address | None) -> bool:
        if address is None or not self._networks:
            return False
        return any(address in network for network in self._networks)


@lru_cache(maxsize=4096)
def parse_address(text: str) -> Address | None:
    """Return the address a hop names, with or without brackets and port, or None."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=4096)
def _counted(address: Address | None, otherwise: str) -> str:
    if isinstance(address, IPv6Address):
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return otherwise if address is None else str(address)
