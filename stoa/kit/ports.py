"""Asking another service: declared ports, and the marks a port call carries."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

F = TypeVar("F", bound=Callable[..., Any])  # any: decorates async methods of every signature

IDEMPOTENT = "__stoa_idempotent__"
DEADLINE = "__stoa_deadline_s__"


class Port:
    """The one coarse interface of a service; subclasses declare async, keyword-only calls."""

    service_: ClassVar[str]


def call(*, idempotent: bool = False, deadline_s: float = 5.0) -> Callable[[F], F]:
    """Mark a port's method as a call; only what is idempotent is ever retried."""

    def mark(method: F) -> F:
        setattr(method, IDEMPOTENT, idempotent)
        setattr(method, DEADLINE, deadline_s)
        return method

    return mark
