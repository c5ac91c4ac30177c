"""What a page is opened with: its route's code and, where a guest may read it, the answers it will ask for."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

import msgspec

from stoa.kit.http.app import AsgiApp, Message, Scope
from stoa.kit.http.page import Opening

_TABLE = "pages.json"
_LATEST_S = 0.4
_USUAL = "en"
# Who asks is known by where the request came from; whose session it is, is not: the page is every reader's.
_PASSED_ON = frozenset(
    {b"host", b"x-forwarded-for", b"x-forwarded-proto", b"forwarded", b"x-request-id", b"traceparent"}
)


class PageRoute(msgspec.Struct, frozen=True):
    """A route of the web application as its build describes it: `$name` stands for a part of the address."""

    path: str
    code: dict[str, list[str]]
    asks: list[str] = []


class Card(msgspec.Struct, frozen=True):
    """What an answer says about itself, where it is about one thing."""

    title: str = ""
    summary: str = ""
    image_url: str = ""


class Openings:
    """Knows the routes of the built application, and asks the platform what their pages would ask first."""

    def __init__(self, routes: list[PageRoute], *, api: Callable[[], AsgiApp]) -> None:
        # /learn/$course/progress before /learn/$course/$unit, as the router in the browser takes them.
        self._routes = [(_parts_of(route.path), route) for route in sorted(routes, key=lambda one: one.path.count("$"))]
        self._api = api

    async def __call__(self, scope: Scope) -> Opening:
        """Return what the page of an address is opened with; without the platform's answer it is its code alone."""
        found = self._route_of(scope["path"])
        if found is None:
            return Opening()
        route, named = found
        code = tuple(route.code.get(_language_of(scope), route.code[_USUAL]))
        named |= {f"${name}": value for name, value in parse_qsl(scope["query_string"].decode("latin-1"))}
        addresses = [one for ask in route.asks if (one := _address(ask, named)) is not None]
        bodies = await asyncio.gather(*(self._answer(scope, address) for address in addresses))
        answers = {address: body for address, body in zip(addresses, bodies, strict=True) if body}
        if not answers or len(answers) < len(addresses):
            return Opening(code=code)
        card = _card_of(bodies[0])
        return Opening(
            code=code,
            images=(card.image_url,) if card.image_url else (),
            title=card.title,
            line=card.summary,
            answers={address: {"body": msgspec.Raw(body)} for address, body in answers.items()},
        )

    def _route_of(self, path: str) -> tuple[PageRoute, dict[str, str]] | None:
        parts = _parts_of(path)
        for wanted, route in self._routes:
            if len(wanted) != len(parts):
                continue
            pairs = list(zip(wanted, parts, strict=True))
            if all(part == given or part.startswith("$") for part, given in pairs):
                return route, {part: given for part, given in pairs if part.startswith("$")}
        return None

    async def _answer(self, scope: Scope, address: str) -> bytes:
        """Ask the platform as a guest would; a late answer and any but a good one is none."""
        path, _, query = address.partition("?")
        status, pieces = 0, list[bytes]()

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            pieces.append(message.get("body", b""))

        asked = {
            **scope,
            "method": "GET",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name, value) for name, value in scope["headers"] if name in _PASSED_ON],
        }
        try:
            async with asyncio.timeout(_LATEST_S):
                await self._api()(asked, receive, send)
        except TimeoutError:
            return b""
        return b"".join(pieces) if status == 200 else b""


def openings_in(folder: Path, *, api: Callable[[], AsgiApp]) -> Openings | None:
    """Return the openings that a build describes, None for one that describes none."""
    table = folder / _TABLE
    if not table.is_file():
        return None
    return Openings(msgspec.json.decode(table.read_bytes(), type=list[PageRoute]), api=api)


def _card_of(body: bytes) -> Card:
    try:
        return msgspec.json.decode(body, type=Card)
    except msgspec.ValidationError:
        return Card()


def _parts_of(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _address(ask: str, named: Mapping[str, str]) -> str | None:
    """Fill the names in; None where the page's address gives no value for one."""
    parts = ask.split("/")
    values = [named.get(part, "") if part.startswith("$") else part for part in parts]
    if "" in values[1:]:
        return None
    return "/".join(
        quote(value, safe="") if part.startswith("$") else part for part, value in zip(parts, values, strict=True)
    )


def _language_of(scope: Scope) -> str:
    accepted: bytes = dict(scope["headers"]).get(b"accept-language", b"")
    return accepted[:2].decode("latin-1").lower()
