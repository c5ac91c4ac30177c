"""The address of a problem: an id made of its content, the same in every process of an installation."""

import hashlib
import hmac
from decimal import Decimal
from uuid import UUID

import msgspec

from stoa.services.assessment.contract.problem import Problem, ProblemVersionId

EMPTY: tuple[object, ...] = (None, False, "", [], {})


def canonical(problem: Problem) -> bytes:
    """Return a problem's content with empty values left out, so that a new optional field changes no address."""
    return msgspec.json.encode(_without_empty(msgspec.to_builtins(problem, builtin_types=(Decimal,))), order="sorted")


def digest(problem: Problem) -> bytes:
    """Return the SHA-256 of a problem's content."""
    return hashlib.sha256(canonical(problem)).digest()


def version_of(problem: Problem, *, secret: bytes = b"") -> ProblemVersionId:
    """Return a problem's id: the first bits of a digest keyed by the secret, as a UUID of version 8.

    Learners see ids: without the secret they could try every key on what they see until the id fits.
    """
    return ProblemVersionId(_uuid8(hmac.digest(secret, canonical(problem), "sha256") if secret else digest(problem)))


def sealed_seed(seed: str, *, secret: bytes) -> str:
    """Return a seed that its learner cannot work out: a draw of known odds would tell which choice was drawn first."""
    return hmac.digest(secret, seed.encode(), "sha256").hex()


def _uuid8(hashed: bytes) -> UUID:
    number = int.from_bytes(hashed[:16], "big")
    number = number & ~(0xF << 76) | 0x8 << 76
    return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)


def _without_empty(value: object) -> object:
    if isinstance(value, dict):
        kept = {key: _without_empty(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if not any(one is none or one == none for none in EMPTY)}
    if isinstance(value, (list, tuple)):
        return [_without_empty(one) for one in value]
    # 1, 1.0 and 1.00 are the same points.
    return str(value.normalize() + Decimal(0)) if isinstance(value, Decimal) else value
