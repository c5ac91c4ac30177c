"""The picture slides of a class: files of our own, each with words for those who do not see it."""

import re

from stoa.kit.contract import Struct
from stoa.kit.errors import Invalid

MOST_SLIDES = 200
LONGEST_ALT = 500
# Only files that are here: a picture from elsewhere would tell its host who is in the class.
_FILE = re.compile(r"/(?:media|blobs)/[^\s?#\\]{1,300}")


class BadDeck(Invalid):
    """The slides cannot be kept."""

    code, title = "live.bad_deck", "These slides cannot be kept"


class Picture(Struct, frozen=True, kw_only=True):
    """One slide: where its file is, and what is on it in words, which are read aloud."""

    url: str
    alt: str


def check_deck(slides: list[Picture]) -> list[Picture]:
    """Return the slides with their words trimmed; raise BadDeck."""
    if len(slides) > MOST_SLIDES:
        raise BadDeck(f"A class has at most {MOST_SLIDES} slides.")
    found = [Picture(url=one.url, alt=" ".join(one.alt.split())) for one in slides]
    for number, slide in enumerate(found, start=1):
        if not _FILE.fullmatch(slide.url) or ".." in slide.url:
            raise BadDeck(f"Slide {number} is no file of this platform: upload it first.")
        if not 0 < len(slide.alt) <= LONGEST_ALT:
            raise BadDeck(f"Slide {number} needs words of up to {LONGEST_ALT} characters for those who do not see it.")
    return found
