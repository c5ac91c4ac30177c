"""Checksums of BigBlueButton: a hash over the call, its parameters as they are sent, and the shared secret."""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode

_ALGORITHMS = {40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}


def signed_query(call: str, parameters: Mapping[str, str], *, secret: str, algorithm: str) -> str:
    """Return the query of a call with its checksum at the end."""
    query = urlencode(parameters)
    checksum = hashlib.new(algorithm, f"{call}{query}{secret}".encode(), usedforsecurity=False).hexdigest()
    return f"{query}&checksum={checksum}" if query else f"checksum={checksum}"


def is_signed(checksum: str, url: str, body: bytes, *, secret: str, algorithms: tuple[str, ...]) -> bool:
    """Tell whether a callback's checksum covers its address, these very bytes and our secret.

    Its length tells the algorithm; those that are not allowed are refused however right the sum is.
    """
    algorithm = _ALGORITHMS.get(len(checksum))
    if algorithm is None or algorithm not in algorithms:
        return False
    wanted = hashlib.new(algorithm, url.encode() + body + secret.encode(), usedforsecurity=False).hexdigest()
    return hmac.compare_digest(wanted.encode(), checksum.encode())
