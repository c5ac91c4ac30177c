"""From what a handler returned to bytes: JSON, tags, 304, cookies, compression."""

import gzip
from collections.abc import Callable
from typing import Any

import brotli  # type: ignore[import-untyped]  # the wheel carries no types
import msgspec
from starlette.responses import Response

from stoa.kit.http.answer import Answer
from stoa.kit.http.etag import matches, tag_of
from stoa.kit.http.idempotency import StoredAnswer
from stoa.kit.http.router import Route

Headers = list[tuple[bytes, bytes]]
_SMALLEST_COMPRESSED = 1_024
_JSON = (b"content-type", b"application/json")
_NO_STORE = (b"cache-control", b"no-store")
_REVALIDATE = (b"cache-control", b"private, no-cache")
_VARY = (b"vary", b"Accept-Encoding")
_encode = msgspec.json.Encoder(decimal_format="string").encode


class Reply:
    """A whole answer, ready to send."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def stored(self) -> StoredAnswer:
        """Return the answer in the shape the idempotency store keeps."""
        return StoredAnswer(
            status=self.status,
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.headers],
            body=self.body,
        )

    @property
    def sets_cookies(self) -> bool:
        """Tell whether it hands out a secret that must not be stored."""
        return any(name == b"set-cookie" for name, _ in self.headers)


def replayed(answer: StoredAnswer) -> Reply:
    """Return a stored answer as it was, marked as a replay."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    return Reply(answer.status, [*headers, (b"idempotency-replayed", b"true")], answer.body)


# any: handlers return structs, lists, answers, responses or None
Renderer = Callable[[Any, dict[bytes, bytes]], Reply | Response]


def renderer_of(route: Route) -> Renderer:
    """Return the function that turns the results of one route into replies."""
    status, tagged = route.status, route.etag
    plain = [_JSON, _REVALIDATE if tagged else _NO_STORE]

    def render(result: Any, headers: dict[bytes, bytes]) -> Reply | Response:  # any: as above
        if isinstance(result, Answer):
            return _answer(result, status, plain, headers)
        if isinstance(result, Response):
            return result
        if result is None:
            return Reply(204 if status == 200 else status, [_NO_STORE], b"")
        body = _encode(result)
        if tagged:
            return _tagged(tag_of(result, body), Reply(status, plain.copy(), body), headers)
        return Reply(status, plain.copy(), body)

    return render


def _answer(
    answer: Answer[Any],  # any: as above
    status: int,
    plain: Headers,
    headers: dict[bytes, bytes],
) -> Reply:
    own = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    named = {name for name, _ in own}
    own.extend((b"set-cookie", cookie.header().encode("latin-1")) for cookie in answer.cookies)
    body = b"" if answer.body is None else _encode(answer.body)
    kept = [header for header in plain if header[0] not in named and (body or header[0] != b"content-type")]
    code = answer.status or (204 if answer.body is None and status == 200 else status)
    reply = Reply(code, [*kept, *own], body)
    if answer.etag is not None:
        return _tagged(f'"{answer.etag}"', reply, headers)
    return reply


def _tagged(tag: str, reply: Reply, headers: dict[bytes, bytes]) -> Reply:
    reply.headers.append((b"etag", tag.encode("latin-1")))
    wanted = headers.get(b"if-none-match")
    if wanted is not None and reply.status == 200 and matches(wanted.decode("latin-1"), tag):
        return Reply(304, [header for header in reply.headers if header[0] != b"content-type"], b"")
    return reply


def compressed(reply: Reply, accepted: bytes | None) -> None:
    """Compress a body in place where the caller takes it and it pays; an answer with cookies stays plain (BREACH)."""
    if accepted is None or len(reply.body) < _SMALLEST_COMPRESSED or reply.sets_cookies:
        return
    if any(name == b"content-encoding" for name, _ in reply.headers):
        return
    encoding = choose_encoding(accepted)
    if encoding is None:
        return
    reply.body = packed(reply.body, encoding)
    reply.headers += [(b"content-encoding", encoding), _VARY]


def packed(body: bytes, encoding: bytes) -> bytes:
    """Return a body in br or gzip; Brotli 4 costs about what gzip 6 does and is a tenth smaller on JSON."""
    small: bytes = brotli.compress(body, quality=4) if encoding == b"br" else gzip.compress(body, 6, mtime=0)
    return small


def choose_encoding(accepted: bytes) -> bytes | None:
    """Return br or gzip by what an Accept-Encoding header takes, None for neither."""
    weights: dict[bytes, float] = {}
    for part in accepted.lower().split(b","):
        name, _, parameters = part.partition(b";")
        weight = 1.0
        key, _, value = parameters.strip().partition(b"=")
        if key.strip() == b"q":
            try:
                weight = float(value)
            except ValueError:
                weight = 0.0
        weights[name.strip()] = weight
    other = weights.get(b"*", 0.0)
    best = max((b"br", b"gzip"), key=lambda name: weights.get(name, other))
    return best if weights.get(best, other) > 0 else None


def json_reply(status: int, value: object) -> Reply:
    """Return a value as an uncached JSON answer."""
    return Reply(status, [_JSON, _NO_STORE], _encode(value))
