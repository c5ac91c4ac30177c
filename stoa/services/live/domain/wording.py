"""What may be said at once: messages made fit to be shown, and why some are held until a moderator has read them."""

import re
import unicodedata
from collections.abc import Sequence

from stoa.kit.errors import Invalid
from stoa.kit.names import is_kept

LONGEST = 1_000
MOST_WORDS = 200
_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.)\S|\b[a-z0-9-]{2,63}\.(?:com|net|org|io|ru|cn|info|biz|xyz|me|ly|gg|co)\b/?"
)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_NUMBER = re.compile(r"(?<![\w.])\+?\d(?:[ ().\-/]{0,2}\d){8,14}(?![\w])")
_MOST_LINES = 20
# What people write instead of letters to get round a list of words.
_STAND_INS = str.maketrans("013457@$!|", "oieastasil")


class BadMessage(Invalid):
    """The message says nothing or too much."""

    code, title = "live.bad_message", "This message cannot be sent"


def clean_message(body: str, *, longest: int = LONGEST) -> str:
    """Return a message in NFC without control and override characters, or raise BadMessage."""
    text = unicodedata.normalize("NFC", body)
    text = "".join(char for char in text if char == "\n" or char.isprintable() or is_kept(char)).strip()
    lines = text.split("\n")
    if not text or all(unicodedata.category(char)[0] in "ZMC" for char in text):
        raise BadMessage("A message cannot be empty.")
    if len(text) > longest:
        raise BadMessage(f"A message has at most {longest} characters.")
    return "\n".join([*lines[:_MOST_LINES], *([" ".join(lines[_MOST_LINES:])] if len(lines) > _MOST_LINES else [])])


def held_because(body: str, *, links: bool, personal: bool, words: Sequence[str]) -> str | None:
    """Say why a message is held ("link", "personal", "words"), None where it may be shown at once."""
    plain = body.casefold()
    if personal and (_ADDRESS.search(plain) or _NUMBER.search(plain)):
        return "personal"
    if links and _LINK.search(plain):
        return "link"
    return "words" if words and _says(plain, words) else None


def folded(word: str) -> str:
    """Return how a word is compared: without case, accents, stand-ins and repeated letters."""
    bare = "".join(
        char
        for char in unicodedata.normalize("NFKD", word.casefold())
        if not unicodedata.category(char).startswith("M")
    )
    return re.sub(r"(.)\1+", r"\1", bare.translate(_STAND_INS))


def _says(body: str, words: Sequence[str]) -> bool:
    tokens = {folded(token) for token in re.findall(r"[\w@$!|]+", body)}
    return any(folded(word) in tokens for word in words if word.strip())
