"""The built web application: its page, its files, and what must not be served."""

import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.http.page import Opening, boot_script
from stoa.kit.http.static import ContentPolicy, WebApp

PAGE = '<!doctype html><html><head><title>Stoa</title></head><body><div id="root"></div></body></html>'
CODE = "console.log('stoa');" * 50


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text(PAGE)
    (dist / "manifest.webmanifest").write_text("{}")
    (dist / ".env").write_text("secret")
    code = dist / "assets" / "main-abc123.js"
    code.write_text(CODE)
    code.with_name(code.name + ".gz").write_bytes(gzip.compress(CODE.encode()))
    (tmp_path / "outside.txt").write_text("outside")
    (dist / "link.txt").symlink_to(tmp_path / "outside.txt")
    return dist


@pytest.fixture
def client(folder: Path) -> httpx.AsyncClient:
    async def opening(scope: object) -> Opening:
        return Opening(answers={"/api/v1/name": "</script><script>alert(1)</script>"})

    app = WebApp(folder, policy=ContentPolicy.for_app(content_origin="https://content.test"), opening=opening)
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://stoa.test", headers={"accept-encoding": ""})


@pytest.mark.parametrize("path", ["/", "/index.html", "/courses/logic/units/1", "/courses/v1.2", "/@ada"])
async def test_every_address_of_the_application_is_its_page(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert "<title>Stoa</title>" in answer.text
    policy = answer.headers["content-security-policy"].split("; ")
    assert "frame-src 'self' https://content.test" in policy
    assert "media-src 'self' blob: https: https://content.test" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "trusted-types stoa ProseMirrorClipboard" in policy
    assert "unsafe-eval" not in answer.headers["content-security-policy"]


async def test_the_page_carries_its_boot_value_and_nothing_can_break_out_of_it(client: httpx.AsyncClient) -> None:
    text = (await client.get("/")).text

    element = re.search(r'<script type="application/json" id="boot">(.*?)</script>', text)
    assert element is not None
    assert json.loads(element[1]) == {"answers": {"/api/v1/name": "</script><script>alert(1)</script>"}}
    assert text.count("<script") == 1


async def test_a_hashed_file_is_kept_for_ever_and_sent_as_it_was_packed(client: httpx.AsyncClient) -> None:
    plain = await client.get("/assets/main-abc123.js")
    packed = await client.get("/assets/main-abc123.js", headers={"accept-encoding": "br, gzip"})

    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.text == packed.text == CODE
    assert plain.headers["etag"] != packed.headers["etag"]


async def test_what_the_browser_holds_is_not_sent_again(client: httpx.AsyncClient) -> None:
    for path in ("/", "/assets/main-abc123.js", "/manifest.webmanifest"):
        tag = (await client.get(path)).headers["etag"]

        answer = await client.get(path, headers={"if-none-match": tag})

        assert (answer.status_code, answer.content) == (304, b"")


async def test_a_file_of_an_older_build_is_missing_and_never_the_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/main-older.js")

    assert answer.status_code == 404
    assert "<html" not in answer.text


@pytest.mark.parametrize(
    "path", ["/.env", "/../outside.txt", "/%2e%2e/outside.txt", "/assets/../../outside.txt", "/link.txt", "/a%00b"]
)
async def test_nothing_outside_or_hidden_is_served(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert "outside" not in answer.text
    assert "secret" not in answer.text


async def test_head_has_the_length_and_post_is_refused(client: httpx.AsyncClient) -> None:
    head, post = await client.head("/"), await client.post("/")

    assert (head.status_code, head.content, post.status_code) == (200, b"", 405)
    assert int(head.headers["content-length"]) > len(PAGE)


def test_a_policy_that_could_be_broken_out_of_is_refused() -> None:
    with pytest.raises(ValueError, match="content policy"):
        ContentPolicy.for_app(content_origin="https://x; script-src *").header()


def test_user_content_runs_in_a_sandbox_without_our_origin() -> None:
    header = ContentPolicy.for_content(embedded_by=["https://stoa.test"]).header()

    assert header.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in header
    assert "frame-ancestors https://stoa.test" in header


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.inside = False
        self.texts: list[str] = []
        self.tags = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags += 1

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@given(
    value=st.recursive(st.text() | st.none() | st.integers(-(2**53), 2**53), lambda inner: st.lists(inner, max_size=3))
)
def test_a_parser_finds_one_element_and_the_value_in_it(value: object) -> None:
    parser = _Scripts()
    parser.feed(boot_script(value).decode())
    parser.close()

    assert parser.tags == 1
    assert json.loads("".join(parser.texts)) == value
