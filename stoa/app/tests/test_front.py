"""Who sees the letters that the embedded default keeps."""

from pathlib import Path

import httpx
import pytest

from stoa.app.front import files_of, sockets_elsewhere
from stoa.kit.clock import ManualClock
from stoa.kit.engines.disk.blobs import DiskBlobs
from stoa.kit.engines.disk.mail import OutboxMail
from stoa.kit.http.app import AsgiApp
from stoa.kit.mail import Letter
from stoa.kit.manifest import Urls

HERE = "http://127.0.0.1:8000"


def a_front(folder: Path, *, public_url: str = HERE) -> dict[str, AsgiApp]:
    clock = ManualClock()
    blobs = DiskBlobs(folder / "blobs", secret=b"b" * 32, clock=clock, base_url=public_url)
    urls = Urls(public_url=public_url, content_url=public_url)
    return files_of(blobs, OutboxMail(folder / "mail", clock), urls)


async def asked(
    app: AsgiApp, *, peer: str = "127.0.0.1", host: str = "127.0.0.1:8000", headers: dict[str, str] | None = None
) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, client=(peer, 4711))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        return await client.get("/dev/mail.json", headers={"host": host, **(headers or {})})


async def test_letters_are_shown_on_this_machine(tmp_path: Path) -> None:
    mail = OutboxMail(tmp_path / "mail", ManualClock())
    await mail.send(Letter(to="ada@example.org", subject="Hello", text="Hello", html="<p>Hello</p>"))
    app = a_front(tmp_path)["/dev/mail.json"]

    for peer, host in (("127.0.0.1", "127.0.0.1:8000"), ("::1", "[::1]:8000"), ("127.0.0.1", "localhost:8000")):
        answer = await asked(app, peer=peer, host=host)
        assert [letter["to"] for letter in answer.json()] == ["ada@example.org"], (peer, host)


@pytest.mark.parametrize(
    ("peer", "host", "headers"),
    [
        ("192.0.2.7", "192.0.2.1:8000", {}),
        ("192.0.2.7", "127.0.0.1:8000", {}),
        ("127.0.0.1", "stoa.example", {"x-forwarded-for": "192.0.2.7"}),
        ("127.0.0.1", "rebound.example:8000", {}),
    ],
    ids=["from afar", "from afar with our name", "through a proxy", "a name bound anew"],
)
async def test_letters_hold_links_that_open_accounts_and_go_nowhere_else(
    tmp_path: Path, peer: str, host: str, headers: dict[str, str]
) -> None:
    app = a_front(tmp_path)["/dev/mail.json"]

    assert (await asked(app, peer=peer, host=host, headers=headers)).status_code == 403


def test_a_platform_with_a_public_address_shows_no_letters(tmp_path: Path) -> None:
    assert set(a_front(tmp_path, public_url="https://stoa.example")) == {"/blobs"}


@pytest.mark.parametrize(
    ("sockets", "origins"),
    [
        ("", ()),
        (HERE, ()),
        ("http://127.0.0.1:8002", ("http://127.0.0.1:8002", "ws://127.0.0.1:8002")),
        ("https://sockets.example.org", ("https://sockets.example.org", "wss://sockets.example.org")),
    ],
)
def test_a_page_is_told_and_may_reach_where_sockets_are(sockets: str, origins: tuple[str, ...]) -> None:
    assert sockets_elsewhere(Urls(public_url=HERE, content_url=HERE, sockets_url=sockets)) == origins
