"""Calls to a server of somebody else: one deadline, an answer of bounded size, and errors that tell no secret."""

import asyncio
from collections.abc import Mapping

import httpx

from stoa.kit.conferences import ConferenceMisconfigured, ConferenceUnavailable
from stoa.kit.contract import Struct

_MOST_ANSWER_BYTES = 4_194_304
_RETRY_AFTER_S = 10.0
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


class Answered(Struct, frozen=True, kw_only=True):
    """What the other server said."""

    status: int
    body: bytes

    @property
    def is_for_later(self) -> bool:
        """Tell whether the same call may succeed in a moment."""
        return self.status in _LATER


class Outward:
    """The connections to one server; opened at the first call, for a TLS context costs 20 ms of every start."""

    def __init__(self, *, server: str, patience_s: float) -> None:
        self._server = server
        self._patience_s = patience_s
        self._client: httpx.AsyncClient | None = None

    async def ask(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes = b""
    ) -> Answered:
        """Make one call, once; raise ConferenceUnavailable where no whole answer comes in time.

        What httpx says of a failure may hold the address, and the address a checksum: only its kind is told.
        """
        try:
            async with (
                asyncio.timeout(self._patience_s),
                self._connections().stream(method, url, headers=headers, content=content) as response,
            ):
                return Answered(status=response.status_code, body=await self._body(response))
        except (TimeoutError, httpx.TimeoutException):
            raise ConferenceUnavailable(
                f"{self._server} does not answer within {self._patience_s:g} s", retry_after_s=_RETRY_AFTER_S
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise ConferenceUnavailable(
                f"{self._server} cannot be reached ({type(problem).__name__})", retry_after_s=_RETRY_AFTER_S
            ) from None

    async def aclose(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _connections(self) -> httpx.AsyncClient:
        if self._client is None:
            limits = httpx.Limits(max_connections=32, max_keepalive_connections=8)
            self._client = httpx.AsyncClient(timeout=self._patience_s, limits=limits, follow_redirects=False)
        return self._client

    async def _body(self, response: httpx.Response) -> bytes:
        parts: list[bytes] = []
        count = 0
        async for part in response.aiter_bytes():
            count += len(part)
            if count > _MOST_ANSWER_BYTES:
                raise ConferenceMisconfigured(f"{self._server} answers with more than {_MOST_ANSWER_BYTES:,} bytes")
            parts.append(part)
        return b"".join(parts)
