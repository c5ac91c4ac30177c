"""What a handler may return beside a struct: an answer with headers, a cookie, a tag."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, Literal, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set; without a value it is deleted. It is always HttpOnly."""

    name: str
    value: str | None
    path: str = "/"
    lasts: timedelta | None = None
    secure: bool = True
    same_site: Literal["Lax", "Strict", "None"] = "Lax"

    def header(self) -> str:
        """Return the value of the Set-Cookie header."""
        parts = [f"{self.name}={self.value or ''}", f"Path={self.path}", "HttpOnly", f"SameSite={self.same_site}"]
        if self.value is None:
            parts.append("Max-Age=0")
        elif self.lasts is not None:
            parts.append(f"Max-Age={int(self.lasts.total_seconds())}")
        if self.secure:
            parts.append("Secure")
        return "; ".join(parts)

    def __post_init__(self) -> None:
        for text in (self.name, self.value or "", self.path):
            if any(sign in text for sign in ';,\r\n \t"\\'):
                raise ValueError(f"cookie {self.name}: a character that a cookie cannot hold")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A body with its own status, headers, tag or cookies; `etag` is the bare tag without quotes."""

    body: T
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | int | None = None
    cookies: tuple[Cookie, ...] = ()
