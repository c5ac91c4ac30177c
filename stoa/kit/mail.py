"""The port to letters: what a letter is, and how one is sent."""

import re
from typing import Protocol

from stoa.kit.contract import Struct
from stoa.kit.errors import Invalid

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\()\[\]]{1,64}@[^\s@<>,;:\"\\()\[\]]{1,255}")


class LetterInvalid(Invalid):
    """A letter's address or subject would break the headers of the message."""

    code, title = "stoa.letter_invalid", "The letter cannot be sent"


class LetterRefused(LetterInvalid):
    """The mail server will never take this letter: the address does not exist, or it is taken for spam."""

    code, title = "stoa.letter_refused", "The letter was refused"


class Letter(Struct, frozen=True, kw_only=True):
    """One letter to one person, as text and, if given, as HTML that says the same."""

    to: str
    subject: str
    text: str
    html: str = ""
    reply_to: str = ""
    unsubscribe_url: str = ""

    def __post_init__(self) -> None:
        for address in (self.to, self.reply_to):
            if address and not _ADDRESS.fullmatch(address):
                raise LetterInvalid(f"{_CONTROL.sub(' ', address)[:80]!r} is not an e-mail address")
        if not self.to:
            raise LetterInvalid("A letter needs somebody to go to")
        for header in (self.subject, self.unsubscribe_url):
            if _CONTROL.search(header):
                raise LetterInvalid("A header of a letter must be one line")
        try:
            f"{self.subject}{self.text}{self.html}".encode()
        except UnicodeEncodeError:
            raise LetterInvalid("A letter holds half a character") from None


class Mail(Protocol):
    """Sends letters; called from a job of the queue `mail`, never from a request."""

    async def send(self, letter: Letter) -> None:
        """Hand one letter over; raise Unavailable when trying again may help."""
        ...
