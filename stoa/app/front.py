"""What is no API: the pages of the web application, letters and files of the embedded default."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from starlette.responses import PlainTextResponse, Response

from stoa.app.opening import OWN_OPENING, openings_in
from stoa.app.process import Process
from stoa.kit.blobs import Blobs
from stoa.kit.conferences import PageSources
from stoa.kit.engines.disk.blobs import BlobsApp, DiskBlobs
from stoa.kit.engines.disk.mail import MailApp, OutboxMail
from stoa.kit.http.address import is_here, is_loopback
from stoa.kit.http.app import AsgiApp, Receive, Scope, Send
from stoa.kit.http.static import ContentPolicy, WebApp
from stoa.kit.mail import Mail
from stoa.kit.manifest import Urls
from stoa.services.identity.contract import IdentityPort

WEB = Path(__file__).parent.parent / "web"
_LETTERS = "/dev/mail"
_ELSEWHERE = PlainTextResponse("Letters are shown on the machine that keeps them only.\n", 403)


class Front:
    """The pages of the web application, and the answers that the page of somebody signed in is opened with.

    `api` gives the application that answers what a page will ask first; `sources` are the conference servers'; `beside`
    is what is mounted beside the pages.
    """

    def __init__(
        self, urls: Urls, *, api: Callable[[], AsgiApp], sources: PageSources, beside: Mapping[str, AsgiApp]
    ) -> None:
        self.pages: AsgiApp = PlainTextResponse("The web application was not built here: run `make setup`.\n", 503)
        self.mounts: dict[str, AsgiApp] = {}
        if not (WEB / "index.html").exists():
            return
        elsewhere = sockets_elsewhere(urls)
        policy = ContentPolicy.for_app(content_origin=urls.content_url, connect=(*sources.connect, *elsewhere))
        openings = openings_in(WEB, api=api)
        self.pages = WebApp(
            WEB,
            policy=policy.extended("frame-src", *sources.frame),
            opening=openings,
            meta=({"stoa-sockets": elsewhere[0]} if elsewhere else {})
            # Whoever signs up on their own machine has no mailbox to look into.
            | ({"stoa-letters": _LETTERS} if _LETTERS in beside else {}),
        )
        if openings is not None:
            self.mounts[OWN_OPENING] = openings.own


def sockets_elsewhere(urls: Urls) -> tuple[str, ...]:
    """Return the origins of the sockets, for http and for WebSocket, where they are not the page's own."""
    where = urlsplit(urls.sockets)
    if (where.scheme, where.netloc) == urlsplit(urls.public_url)[:2]:
        return ()
    return f"{where.scheme}://{where.netloc}", f"{'wss' if where.scheme == 'https' else 'ws'}://{where.netloc}"


def mounts(process: Process) -> Mapping[str, AsgiApp]:
    """Return what stands beside the routes: published keys, and in the embedded default letters and files."""
    keys = Keys(process.port(IdentityPort)) if "identity" in process.services else None
    return files_of(process.engines.blobs, process.engines.mail, process.urls) | (
        {"/.well-known/jwks.json": keys} if keys else {}
    )


def files_of(blobs: Blobs, mail: Mail, urls: Urls) -> dict[str, AsgiApp]:
    """Return what serves the letters and files that the home keeps; what lies elsewhere is not served here."""
    found: dict[str, AsgiApp] = {}
    if isinstance(mail, OutboxMail) and is_loopback(urlsplit(urls.public_url).hostname or ""):
        letters = HereOnly(MailApp(mail))
        found |= {_LETTERS: letters, f"{_LETTERS}.json": letters}
    if isinstance(blobs, DiskBlobs):
        found["/blobs"] = BlobsApp(blobs)
    return found


class HereOnly:
    """Answers whoever sits at this machine: letters hold links that open accounts, and the port may be reached by many.

    A name that is not of this machine is refused too: a page elsewhere may have bound its own name to our address.
    """

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        client = scope.get("client")
        may = client is not None and is_here(client, headers)
        await (self._app if may else _ELSEWHERE)(scope, receive, send)


class Keys:
    """Answers `/.well-known/jwks.json` (RFC 7517)."""

    def __init__(self, identity: IdentityPort) -> None:
        self._identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the keys that verify access tokens."""
        body = msgspec.json.encode(await self._identity.jwks())
        answer = Response(body, media_type="application/json", headers={"cache-control": "public, max-age=300"})
        await answer(scope, receive, send)
