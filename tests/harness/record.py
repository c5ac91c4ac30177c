"""What a platform answered, with everything in it that no two platforms share written as a name."""

import json
import re
from collections.abc import Mapping
from typing import Any

import httpx

from tests.harness.client import Api

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_REQUEST = re.compile(r'"request_id": ?"[^"]*"')
_TOKEN = re.compile(r'("(?:access_token|refresh_token)": ?)"[^"]*"')
_SIGNED = re.compile(r"([?&](?:expires|signature|grant|sig)=)[^&\"\\]+")
_ADDRESS = re.compile(r"https?://127\.0\.0\.1:\d+")
_MAILED = re.compile(r"someone[\w-]+@example\.org")
_TAG = re.compile(r'(etag: "\d+)-[0-9a-f]{24}"')
_EMBED = re.compile(r"/embed/[\w-]+")
# Answers say these of themselves; dates, lengths and ids of requests are each time others.
HEADERS = ("content-type", "cache-control", "etag", "location", "retry-after", "idempotency-replayed", "allow")


class Record:
    """The answers of one platform in their order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._names: dict[str, str] = {}

    def send(self, api: Api, method: str, path: str, *, as_: str = "", **more: Any) -> Any:
        """Send a request, note the answer, and return its JSON."""
        response = api.send(method, path, **more)
        self.note(as_ or f"{method} {path}", response)
        is_json = "json" in response.headers.get("content-type", "")
        return response.json() if is_json else None

    def note(self, what: str, response: httpx.Response) -> None:
        """Note an answer."""
        headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
        is_json = "json" in headers.get("content-type", "")
        body = json.dumps(_undrawn(response.json()), indent=1) if is_json else f"{len(response.content)} bytes"
        self.lines.append(self._plain(f"{what} -> {response.status_code} {self._ordered(headers)}\n{body}"))

    def _ordered(self, headers: Mapping[str, str]) -> str:
        return ", ".join(f"{name}: {value}" for name, value in sorted(headers.items()))

    def _plain(self, text: str) -> str:
        text = _REQUEST.sub('"request_id": ""', _TOKEN.sub(r'\1""', text))
        text = _ADDRESS.sub("<platform>", _TIME.sub("<time>", _MAILED.sub("<mail>", _SIGNED.sub(r"\1-", text))))
        text = _TAG.sub(r'\1-"', _EMBED.sub("/embed/-", text))
        return _UUID.sub(self._name, text)

    def _name(self, found: re.Match[str]) -> str:
        return self._names.setdefault(found[0], f"<id {len(self._names) + 1}>")


def _undrawn(found: Any) -> Any:
    """Say of a pool how many fall to the learner: which ones hangs on who that is."""
    if isinstance(found, list):
        return [_undrawn(one) for one in found]
    if not isinstance(found, dict):
        return found
    content = found.get("content")
    kind = content.get("kind") if isinstance(content, dict) else found.get("block_kind")
    if kind == "randomized" and "children" in found:
        return {**found, "children": len(found["children"])}
    return {name: _undrawn(value) for name, value in found.items()}
