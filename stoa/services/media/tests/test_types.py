"""What a file is by its first bytes, also when somebody chose them to hurt."""

import pytest

from stoa.services.media.domain.types import HTML, PLAIN, SVG, sniff


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"<svg xmlns='x'>", SVG),
        (b" <?xml version='1.0'?> <!-- a --><!-- b --> <!DOCTYPE svg PUBLIC 'x'> <!-- c --> <svg >", SVG),
        (b"<!-- a --> <!-- b --> <!doctype html>", HTML),
        (b"<SCRIPT >", HTML),
        (b"<!-- <svg> -->", PLAIN),
        (b"words", PLAIN),
    ],
)
def test_texts_are_told_apart_by_how_they_begin(head: bytes, kind: str) -> None:
    assert sniff(head) == kind


@pytest.mark.timeout(10)
@pytest.mark.parametrize("head", [b"<!---->" * 1_170, b"<?xml ?>" + b"<!---->" * 1_160, b"<!--" * 2_000])
def test_a_file_of_nothing_but_comments_holds_nobody_up(head: bytes) -> None:
    assert sniff(head) == PLAIN
