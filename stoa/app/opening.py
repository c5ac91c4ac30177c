"""What a page is opened with: its route's code, and the answers that it will ask for."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

import msgspec
from starlette.responses import Response

from stoa.kit.http.app import AsgiApp, Message, Receive, Scope, Send
from stoa.kit.http.page import Opening

# Below the path of the refresh cookie, which goes nowhere else.
OWN_OPENING = "/api/v1/identity/opening"
_REFRESH = "/api/v1/identity/refresh"
_TABLE = "pages.json"
_LATEST_S = 0.4
_OWN_LATEST_S = 1.0
_PICTURES = 2
_LONGEST_PAGE = 2_048
_USUAL = "en"
# Who asks is known by where the request came from; whose session it is, is not: the page is every reader's.
_PASSED_ON = frozenset(
    {b"host", b"x-forwarded-for", b"x-forwarded-proto", b"forwarded", b"x-request-id", b"traceparent"}
)
Headers = list[tuple[bytes, bytes]]
_OF_THE_BODY = frozenset({b"content-length", b"content-type", b"content-encoding", b"etag"})
# The guard of the exchange of tokens stays its service's: what it goes by is handed on as it came.
_PROVING = _PASSED_ON | {b"cookie", b"origin", b"content-type", b"sec-fetch-site", b"user-agent"}


class PageRoute(msgspec.Struct, frozen=True):
    """A route of the web application as its build describes it: `$name` stands for a part of the address.

    A guest's page asks what is in `asks`, the page of somebody who is signed in what is in `own`; `shell` is the markup
    that stands, in each language, until the application draws the same.
    """

    path: str
    code: dict[str, list[str]]
    asks: list[str] = []
    own: list[str] = []
    shell: dict[str, str] = {}


class Picture(msgspec.Struct, frozen=True):
    """The picture of one of many things."""

    image_url: str = ""


class Card(msgspec.Struct, frozen=True):
    """What an answer says about itself, where it is about one thing, and the pictures of the things it lists."""

    title: str = ""
    summary: str = ""
    image_url: str = ""
    items: list[Picture] = []

    def pictures(self) -> tuple[str, ...]:
        """Return the pictures that a reader sees first."""
        urls = (self.image_url, *(one.image_url for one in self.items[:_PICTURES]))
        return tuple(url for url in urls if url)


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer of the platform as it is handed to the page: its body, and its version where it has one."""

    body: msgspec.Raw
    etag: str = ""


class _Bearer(msgspec.Struct, frozen=True):
    access_token: str


class Openings:
    """Knows the routes of the built application, and asks the platform what their pages would ask first."""

    def __init__(self, routes: list[PageRoute], *, api: Callable[[], AsgiApp]) -> None:
        # /learn/$course/progress before /learn/$course/$unit, as the router in the browser takes them.
        self._routes = [(_parts_of(route.path), route) for route in sorted(routes, key=lambda one: one.path.count("$"))]
        self._api = api

    async def __call__(self, scope: Scope) -> Opening:
        """Return what the page of an address is opened with; without the platform's answer it is its code alone."""
        found = self._route_of(scope["path"], scope["query_string"].decode("latin-1"))
        if found is None:
            return Opening()
        route, named = found
        language = _language_of(scope)
        code = tuple(route.code.get(language, route.code[_USUAL]))
        shell = route.shell.get(language, route.shell.get(_USUAL, ""))
        addresses = _addresses(route.asks, named)
        headers = [(name, value) for name, value in scope["headers"] if name in _PASSED_ON]
        answers = await self._answers(scope, addresses, headers=headers, latest_s=_LATEST_S)
        if not answers or len(answers) < len(addresses):
            return Opening(code=code, shell=shell)
        card = _card_of(answers[addresses[0]])
        return Opening(
            code=code,
            images=card.pictures(),
            title=card.title,
            line=card.summary,
            shell=shell,
            answers=answers,
        )

    async def own(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Exchange the refresh cookie for tokens and answer, in the same trip, what the page asks for its reader."""
        if scope["method"] != "POST":
            await Response("POST\n", 405, headers={"allow": "POST"})(scope, receive, send)
            return
        proving = [(name, value) for name, value in scope["headers"] if name in _PROVING]
        status, headers, body = await self._ask(scope, _REFRESH, method="POST", headers=proving, body=b"{}")
        kept = [(name, value) for name, value in headers if name not in _OF_THE_BODY]
        if status == 200:
            body = await self._opened_for(scope, body)
        # Plain, as every answer with a secret in it (BREACH).
        answer = Response(body, status, media_type="application/json")
        answer.raw_headers += kept
        await answer(scope, receive, send)

    async def _opened_for(self, scope: Scope, tokens: bytes) -> bytes:
        """Return the tokens with what their owner's page asks first."""
        asked = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("page", "")[:_LONGEST_PAGE]
        path, _, query = asked.partition("?")
        found = self._route_of(unquote(path), query)
        answers: dict[str, Answer] = {}
        if found is not None:
            route, named = found
            bearer = msgspec.json.decode(tokens, type=_Bearer).access_token
            headers = [(name, value) for name, value in scope["headers"] if name in _PASSED_ON]
            headers.append((b"authorization", b"Bearer " + bearer.encode()))
            answers = await self._answers(scope, _addresses(route.own, named), headers=headers, latest_s=_OWN_LATEST_S)
        pictures = [url for one in answers.values() for url in _card_of(one).pictures()]
        return msgspec.json.encode({"tokens": msgspec.Raw(tokens), "answers": answers, "images": pictures})

    def _route_of(self, path: str, query: str) -> tuple[PageRoute, dict[str, str]] | None:
        parts = _parts_of(path)
        for wanted, route in self._routes:
            if len(wanted) != len(parts):
                continue
            pairs = list(zip(wanted, parts, strict=True))
            if all(part == given or part.startswith("$") for part, given in pairs):
                named = {part: given for part, given in pairs if part.startswith("$")}
                return route, named | {f"${name}": value for name, value in parse_qsl(query)}
        return None

    async def _answers(
        self, scope: Scope, addresses: list[str], *, headers: Headers, latest_s: float
    ) -> dict[str, Answer]:
        """Ask the platform for all at once; a late answer and any but a good one is left out."""

        async def answer(address: str) -> Answer | None:
            try:
                async with asyncio.timeout(latest_s):
                    status, answered, body = await self._ask(scope, address, headers=headers)
            except TimeoutError:
                return None
            tag = dict(answered).get(b"etag", b"").decode("latin-1")
            return Answer(msgspec.Raw(body), tag) if status == 200 and body else None

        answers = await asyncio.gather(*(answer(address) for address in addresses))
        return {address: one for address, one in zip(addresses, answers, strict=True) if one is not None}

    async def _ask(
        self, scope: Scope, address: str, *, headers: Headers, method: str = "GET", body: bytes = b""
    ) -> tuple[int, Headers, bytes]:
        """Put one question to the platform, as if it had come from where the page's request came."""
        path, _, query = address.partition("?")
        status, answered, pieces = 0, Headers(), list[bytes]()

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            nonlocal status, answered
            status = message.get("status", status)
            answered = message.get("headers", answered)
            pieces.append(message.get("body", b""))

        asked = {
            **scope,
            "method": method,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [*headers, (b"content-length", str(len(body)).encode())] if body else headers,
        }
        await self._api()(asked, receive, send)
        return status, answered, b"".join(pieces)


def openings_in(folder: Path, *, api: Callable[[], AsgiApp]) -> Openings | None:
    """Return the openings that a build describes, None for one that describes none."""
    table = folder / _TABLE
    if not table.is_file():
        return None
    return Openings(msgspec.json.decode(table.read_bytes(), type=list[PageRoute]), api=api)


def _card_of(answer: Answer) -> Card:
    try:
        return msgspec.json.decode(answer.body, type=Card)
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


def _addresses(asks: list[str], named: Mapping[str, str]) -> list[str]:
    return [address for ask in asks if (address := _address(ask, named)) is not None]


def _language_of(scope: Scope) -> str:
    accepted: bytes = dict(scope["headers"]).get(b"accept-language", b"")
    return accepted[:2].decode("latin-1").lower()
