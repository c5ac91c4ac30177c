"""The outbox of the embedded default: letters are kept in a folder and shown at /dev/mail, and go nowhere."""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import Struct, new_id
from stoa.kit.errors import EnvironmentProblem
from stoa.kit.mail import Letter

Scope = MutableMapping[str, Any]  # any: ASGI leaves the values open
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]  # any: as above
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]  # any: as above

KEPT = 500
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


class OutboxUnusable(EnvironmentProblem):
    """The folder of the letters cannot be written."""

    code, title = "stoa.outbox_unusable", "Letters cannot be kept"


class KeptLetter(Struct, frozen=True, kw_only=True):
    """A letter as /dev/mail.json shows it."""

    to: str
    subject: str
    at: datetime
    text: str
    links: list[str]


class _Stored(Struct, frozen=True, kw_only=True):
    letter: Letter
    at: datetime


_decode = msgspec.json.Decoder(_Stored).decode


class OutboxMail:
    """The Mail of the embedded default: a folder of letters, the newest kept."""

    def __init__(self, folder: Path, clock: Clock, *, kept: int = KEPT) -> None:
        self._folder = folder
        self._clock = clock
        self._kept = kept

    async def send(self, letter: Letter) -> None:
        """Keep one letter."""
        await asyncio.to_thread(self._keep, _Stored(letter=letter, at=self._clock.now()))

    async def letters(self, *, limit: int = 100) -> list[KeptLetter]:
        """Return the newest letters first."""
        return await asyncio.to_thread(self._read, limit)

    def _keep(self, stored: _Stored) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Ids sort by the moment of their making, so names do too.
            name = str(new_id())
            incoming = self._folder / f".{name}"
            incoming.write_bytes(msgspec.json.encode(stored))
            incoming.replace(self._folder / f"{name}.json")
            for old in self._names()[self._kept :]:
                old.unlink(missing_ok=True)
        except OSError as problem:
            raise OutboxUnusable(f"{self._folder}: {problem.strerror}") from None

    def _names(self) -> list[Path]:
        return sorted(self._folder.glob("*.json"), reverse=True)

    def _read(self, limit: int) -> list[KeptLetter]:
        found = []
        for path in self._names()[:limit]:
            try:
                stored = _decode(path.read_bytes())
            except (OSError, msgspec.MsgspecError):
                continue
            letter = stored.letter
            links = list(dict.fromkeys(_LINK.findall(letter.text)))
            found.append(KeptLetter(to=letter.to, subject=letter.subject, at=stored.at, text=letter.text, links=links))
        return found


class MailApp:
    """Answers GET /dev/mail (a page) and /dev/mail.json, newest letters first; mounted by the embedded default only."""

    def __init__(self, mail: OutboxMail) -> None:
        self._mail = mail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        path = scope["path"].rstrip("/")
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, "text/plain; charset=utf-8", b"Method not allowed")
        elif path.endswith("/dev/mail.json"):
            body = msgspec.json.encode(await self._mail.letters())
            await _answer(send, 200, "application/json", body)
        elif path.endswith("/dev/mail"):
            body = _page(await self._mail.letters()).encode()
            await _answer(send, 200, "text/html; charset=utf-8", body)
        else:
            await _answer(send, 404, "text/plain; charset=utf-8", b"Not found")


async def _answer(send: Send, status: int, kind: str, body: bytes) -> None:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _page(letters: list[KeptLetter]) -> str:
    articles = "\n".join(_article(letter) for letter in letters)
    nothing = "" if letters else "<p>No letters yet.</p>"
    return _PAGE.replace("{letters}", articles + nothing)


def _article(letter: KeptLetter) -> str:
    text = _linked(letter.text)
    return (
        f"<article><h2>{escape(letter.subject)}</h2>"
        f"<p class=meta>To {escape(letter.to)}, <time datetime='{letter.at.isoformat()}'>"
        f"{letter.at:%Y-%m-%d %H:%M:%S} UTC</time></p><pre dir=auto>{text}</pre></article>"
    )


def _linked(text: str) -> str:
    parts, last = [], 0
    for found in _LINK.finditer(text):
        link = escape(found[0])
        parts += [escape(text[last : found.start()]), f'<a href="{link}" rel="noreferrer">{link}</a>']
        last = found.end()
    return "".join([*parts, escape(text[last:])])


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Letters</title>
<style>
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { margin: 0 auto; max-width: 44rem; padding: 1rem; }
  article { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .5rem;
            margin-block: 1rem; padding: .75rem 1rem; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere; }
  .meta { margin: 0; opacity: .8; }
  pre { font: inherit; margin: .5rem 0 0; overflow-wrap: anywhere; white-space: pre-wrap; }
</style>
<main>
<h1>Letters</h1>
<p>This installation sends no mail. What it would have sent is kept here, newest first.</p>
{letters}
</main>
</html>
"""
