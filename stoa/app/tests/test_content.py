"""What the second origin answers, and what it keeps from acting."""

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from stoa.app.content import ContentOrigin
from stoa.kit.http.app import Receive, Scope, Send
from stoa.kit.manifest import Urls

URLS = Urls(public_url="http://stoa.test", content_url="http://content.test")


async def platform(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer like the platform: files as text or image, and with what the request brought."""
    brought = ",".join(sorted(Request(scope).headers))
    kind = "image/png" if "picture" in scope["path"] else "text/plain; charset=utf-8"
    headers = {"content-type": kind, "content-disposition": "inline", "content-security-policy": "sandbox"}
    status = 404 if "missing" in scope["path"] else 200
    await Response(brought, status, headers=headers)(scope, receive, send)


@pytest.fixture
def client() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=ContentOrigin(platform, URLS))
    return httpx.AsyncClient(transport=transport, base_url="http://content.test")


@pytest.mark.parametrize("path", ["/", "/api/v1/identity/me", "/media", "/embedded", "/blobs/x", "/dev/mail"])
async def test_nothing_but_pages_and_files_of_users_is_there(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_nothing_is_written_there(client: httpx.AsyncClient) -> None:
    assert (await client.post("/media/a/b/c.js")).status_code == 404


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.CSS", "text/css; charset=utf-8"),
        ("a.html", "text/html; charset=utf-8"),
        ("a.txt", "text/plain; charset=utf-8"),
        ("picture.js", "image/png"),
        ("missing.js", "text/plain; charset=utf-8"),
    ],
)
async def test_a_script_is_a_script_there(client: httpx.AsyncClient, name: str, content_type: str) -> None:
    answer = await client.get(f"/media/o/h/{name}")

    assert answer.headers["content-type"] == content_type
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_page_there_has_no_origin_and_is_framed_by_ours_only(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/media/o/h/a.html")).headers["content-security-policy"]

    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "frame-ancestors http://stoa.test http://content.test" in policy


async def test_no_session_goes_through(client: httpx.AsyncClient) -> None:
    answer = await client.get("/embed/x", headers={"cookie": "stoa_refresh=1", "authorization": "Bearer x"})

    assert not {"cookie", "authorization"} & set(answer.text.split(","))
