"""The page: what it is opened with cannot break out of it, and only its own sheet is allowed."""

import base64
import hashlib
import re

import brotli  # type: ignore[import-untyped]  # the wheel carries no types

from stoa.kit.http.page import Opening, Page

BUILT = (
    b'<!doctype html><html><head><meta name="description" content="Stoa."><title>Stoa</title>'
    b'<style>body{margin:0}</style></head><body><div id="root"><!--opening--></div></body></html>'
)
EVIL = '"></title></head><script>alert(1)</script>'


def test_a_page_opened_with_nothing_is_the_built_one() -> None:
    assert Page(BUILT).opened(Opening()) == BUILT


def test_the_title_stands_in_the_tab_and_as_the_heading_until_the_code_has_run() -> None:
    page = Page(BUILT).opened(Opening(title="Logic & proof", line="Think straight."))

    assert b"<title>Logic &amp; proof</title>" in page
    assert b'<h1 dir="auto">Logic &amp; proof</h1><p class="muted" dir="auto">Think straight.</p>' in page
    assert b'<meta name="description" content="Think straight.">' in page


def test_code_and_pictures_are_named_in_the_head() -> None:
    page = Page(BUILT).opened(Opening(code=("/assets/a.js",), images=("/media/a.svg",)))

    head, _, _ = page.partition(b"</head>")
    assert b'<link rel="modulepreload" crossorigin href="/assets/a.js">' in head
    assert b'<link rel="preload" as="image" href="/media/a.svg">' in head


def test_no_text_of_a_course_becomes_part_of_the_page() -> None:
    page = Page(BUILT).opened(Opening(title=EVIL, line=EVIL, images=(EVIL,), answers={EVIL: EVIL}))

    assert page.count(b"<script") == 1 == page.count(b"</script>")
    assert page.count(b"</head>") == 1 == page.count(b"</title>")


def test_the_policy_names_the_sheet_that_is_in_the_page() -> None:
    digest = base64.b64encode(hashlib.sha256(b"body{margin:0}").digest()).decode()

    assert Page(BUILT).style_sources == (f"'sha256-{digest}'",)


def test_a_packed_page_is_the_same_page() -> None:
    page = Page(BUILT)
    text = page.opened(Opening(title="Logic"))

    small, encoding = page.packed(text, "tag", b"gzip, br")
    again, _ = page.packed(text, "tag", b"br")
    plain, none = page.packed(text, "tag", None)

    assert (encoding, brotli.decompress(small), none) == (b"br", text, None)
    assert again is small
    assert re.fullmatch(re.escape(text), plain)


def test_the_builds_own_markup_stands_until_the_application_draws_and_a_title_takes_its_place() -> None:
    page = Page(BUILT)

    assert b"<h1>Learn</h1>" in page.opened(Opening(shell="<h1>Learn</h1>"))
    assert b"<h1>Learn</h1>" not in page.opened(Opening(shell="<h1>Learn</h1>", title="Logic"))


def test_the_page_carries_what_is_said_to_it_by_name() -> None:
    page = Page(BUILT, meta={"stoa-sockets": 'http://s.test"><script>'}).opened(Opening())

    assert b'<meta name="stoa-sockets" content="http://s.test&quot;&gt;&lt;script&gt;"></head>' in page
