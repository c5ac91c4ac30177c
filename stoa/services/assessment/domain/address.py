"""The address of a problem: an id made of its content, the same in every process and release."""

import hashlib
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


def version_of(problem: Problem) -> ProblemVersionId:
    """Return a problem's id: the digest's first bits as a UUID of version 8."""
    return ProblemVersionId(_uuid8(digest(problem)))


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
