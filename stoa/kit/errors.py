"""The tree of expected outcomes: each class has a stable code and renders as an RFC 9457 problem."""

from collections.abc import Mapping
from typing import Any, ClassVar


class StoaError(Exception):
    """An expected outcome that a caller can act upon; subclasses set `code`, `status` and `title`.

    `headers` go out with the problem where a protocol wants them on every answer.
    """

    code: ClassVar[str] = "stoa.error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    exit_code: ClassVar[int] = 1
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        detail: str = "",
        *,
        hint: str = "",
        retry_after_s: float | None = None,
        fields: dict[str, Any] | None = None,  # any: extension members of a problem are JSON of any shape
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.hint = hint
        self.retry_after_s = retry_after_s
        self.fields = fields or {}


class Invalid(StoaError):
    """The input breaks a rule that the caller can read and mend."""

    code, status, title, exit_code = "stoa.invalid", 422, "The request is not valid", 2


class Malformed(Invalid):
    """The input could not even be read."""

    code, status, title = "stoa.malformed", 400, "The request could not be read"


class Unauthenticated(StoaError):
    """Nobody is logged in, or the token is no longer good."""

    code, status, title = "stoa.unauthenticated", 401, "Log in to continue"


class Forbidden(StoaError):
    """The caller is known and may not do this."""

    code, status, title = "stoa.forbidden", 403, "You may not do this"


class NotFound(StoaError):
    """There is no such thing, or the caller may not know of it."""

    code, status, title = "stoa.not_found", 404, "There is no such thing"


class Conflict(StoaError):
    """The state of the thing does not allow this move."""

    code, status, title = "stoa.conflict", 409, "This cannot be done in its present state"


class PreconditionFailed(StoaError):
    """Somebody else changed it first; the problem carries the current version."""

    code, status, title = "stoa.precondition_failed", 412, "It was changed by somebody else"


class TooLarge(StoaError):
    """The body or file is larger than the limit."""

    code, status, title = "stoa.too_large", 413, "This is too large"


class PreconditionRequired(StoaError):
    """The route edits something versioned and wants an If-Match header."""

    code, status, title = "stoa.precondition_required", 428, "Say which version you are changing"


class TooMany(StoaError):
    """The caller's own limit is reached."""

    code, status, title = "stoa.too_many", 429, "Too many requests"


class Unavailable(StoaError):
    """Capacity or a dependency is gone for the moment; try again."""

    code, status, title = "stoa.unavailable", 503, "Try again in a moment"


class DeadlineExceeded(Unavailable):
    """The work was given up because its deadline passed."""

    code, status, title = "stoa.deadline_exceeded", 504, "It took too long"


class EnvironmentProblem(StoaError):
    """The machine lacks what is needed: a port, a disk, a right; the hint says what to do."""

    code, status, title, exit_code = "stoa.environment", 500, "The machine is not ready", 3


class TransactionOpen(RuntimeError):
    """A port was called inside an open transaction: a bug, never an outcome."""
