"""Whole Open edX courses: nothing disappears, words and files survive."""

from collections import Counter
from html import unescape
from html.parser import HTMLParser

import pytest

from stoa.services.courses.contract import EmbedContent, HtmlContent
from stoa.services.courses.domain.bundle import Bundle, Outcome, count
from stoa.services.courses.domain.html import words
from stoa.services.courses.domain.olx.course import read_olx
from stoa.services.courses.tests.building import COURSES, OLX, a_source, needs_courses
from stoa.services.courses.tests.counting import Count

pytestmark = [needs_courses, pytest.mark.parametrize("name", COURSES)]

UNCONVERTIBLE = {"lti", "openassessment", "edx_sga", "staffgradedxblock", "ubcpi"}


class Visible(HTMLParser):
    """What a browser would show of a page: its text outside scripts, styles and comments."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self._mute = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._mute += tag in ("script", "style", "annotation")

    def handle_endtag(self, tag: str) -> None:
        self._mute -= tag in ("script", "style", "annotation") and self._mute > 0

    def handle_data(self, data: str) -> None:
        if not self._mute:
            self.text.append(data)


def visible_words(page: str) -> list[str]:
    reader = Visible()
    reader.feed(page)
    return words(" ".join(reader.text).replace("<", " ").replace(">", " "))


def pages_of(bundle: Bundle) -> dict[str, str]:
    return {
        node.key.split("@")[0]: node.content.html
        for node in bundle.nodes
        if isinstance(node.content, HtmlContent | EmbedContent)
    }


def test_found_is_the_sum_and_what_an_independent_count_finds(name: str) -> None:
    bundle = read_olx(a_source(name))
    counts = count(bundle.items)
    independent = Count(OLX / name)
    used = {asset.path.split("static/", 1)[1] for asset in bundle.assets if asset.path}

    orphans = independent.unreached(
        {f"static/{used_name}" for used_name in used} | {"static/" + n for n in caption_sources(bundle, name)}
    )

    assert counts.found == counts.imported + counts.converted_with_loss + counts.skipped == len(bundle.items)
    assert counts.found == len(independent.elements) + len(orphans)
    assert Counter(item.kind for item in bundle.items if item.kind != "file") == Counter(independent.elements)
    assert {item.path for item in bundle.items if item.reason == "orphan"} == orphans


def caption_sources(bundle: Bundle, name: str) -> set[str]:
    return {asset.path.split("static/", 1)[1] for asset in bundle.assets if asset.path and "static/" in asset.path}


def test_nearly_all_convertible_blocks_come_in_without_loss(name: str) -> None:
    bundle = read_olx(a_source(name))

    convertible = [item for item in bundle.items if item.kind not in UNCONVERTIBLE | {"file"}]
    whole = [item for item in convertible if item.outcome is Outcome.IMPORTED]

    assert len(whole) >= 0.98 * len(convertible)


def test_nearly_all_words_of_the_pages_survive(name: str) -> None:
    bundle = read_olx(a_source(name))
    stored = pages_of(bundle)

    wanted = kept = 0
    for key, source in Count(OLX / name).pages.items():
        before, after = Counter(visible_words(tex_free(source))), Counter(visible_words(tex_free(stored[key])))
        wanted += sum(before.values())
        kept += sum((before & after).values())

    assert wanted == 0 or kept / wanted >= 0.995


def tex_free(page: str) -> str:
    """Take formulas out on both sides: their words are compared by the tests of formulas."""
    import re

    page = re.sub(r"<math\b.*?</math>", " ", page, flags=re.DOTALL)
    return re.sub(
        r"\\\(.*?\\\)|\\\[.*?\\\]|\[mathjax(inline)?\].*?\[/mathjax(inline)?\]|\$\$.*?\$\$",
        " ",
        unescape(page) if "&lt;" not in page else page,
        flags=re.DOTALL,
    )


def test_every_static_file_that_a_block_names_comes_along(name: str) -> None:
    bundle = read_olx(a_source(name))
    import re

    independent = Count(OLX / name)
    named = set()
    for path in independent.files:
        text = unescape(path.read_text(encoding="utf-8", errors="replace"))
        named |= {found.split("?")[0] for found in re.findall(r"""["'(]/static/([^"'?)\\]+)""", text)}
    present = {
        p.relative_to(independent.base / "static").as_posix()
        for p in (independent.base / "static").rglob("*")
        if p.is_file()
    }
    flat = {re.sub(r"[^\w.%-]", "_", p.replace("/", "_")): p for p in present}
    wanted = {flat.get(re.sub(r"[^\w.%-]", "_", n.replace("/", "_"))) for n in named} - {None}

    brought = {asset.name for asset in bundle.assets}

    assert wanted <= brought


def test_no_link_between_blocks_is_left_in_its_old_form(name: str) -> None:
    bundle = read_olx(a_source(name))

    left = [key for key, page in pages_of(bundle).items() if "/jump_to_id/" in page]

    assert left == []
