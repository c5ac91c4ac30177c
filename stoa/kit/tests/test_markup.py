"""HTML that is looked at before it is parsed."""

import pytest

from stoa.kit.markup import DEEPEST, NestedTooDeeply, check_nesting


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<p>One<p>Two" * 10_000,
        "<div></div>" * 10_000,
        "a < b " * 10_000,
        "<div>" * DEEPEST,
        "<br><img src='x'>" * 5_000,
    ],
    ids=["nothing", "open paragraphs", "side by side", "less than", "deep", "void"],
)
def test_what_people_write_is_let_through(html: str) -> None:
    assert check_nesting(html) == html


@pytest.mark.parametrize("tag", ["div", "B", "math"])
def test_tags_nested_without_end_are_refused(tag: str) -> None:
    with pytest.raises(NestedTooDeeply):
        check_nesting(f"<{tag}>" * (DEEPEST + 1) + f"</{tag}>" * (DEEPEST + 1))
