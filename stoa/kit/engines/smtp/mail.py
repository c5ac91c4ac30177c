"""Letters over SMTP."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import Enum
from typing import Any

import aiosmtplib

from stoa.kit.clock import Clock
from stoa.kit.contract import new_id
from stoa.kit.errors import Unavailable
from stoa.kit.mail import Letter, LetterRefused
from stoa.kit.settings import Settings, setting

# The server says "later" with 4xx and "never" with 5xx (RFC 5321).
_NEVER = 500


class Tls(Enum):
    """How the connection is encrypted."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


class SmtpSettings(Settings, prefix="smtp"):
    """Where letters are handed over; STOA_MAIL=smtp chooses this engine."""

    host: str = setting("localhost", help="The mail server.")
    port: int = setting(587, help="Its port.", minimum=1, maximum=65_535)
    tls: Tls = setting(Tls.STARTTLS, help="starttls, implicit, or none (only on a trusted network).")
    user: str = setting("", help="The account, if the server wants one.")
    password: str = setting("", help="Its password.", secret=True)
    sender: str = setting("stoa@localhost", help="The address letters come from.")
    sender_name: str = setting("Stoa", help="The name letters come from.")
    patience_s: float = setting(20.0, unit="s", help="How long to wait for the server.", minimum=1)


class MailUnavailable(Unavailable):
    """The mail server does not answer, or asks to come back later."""

    code, title = "stoa.mail_unavailable", "Letters cannot be sent for the moment"


class SmtpMail:
    """The Mail of a deployment: one connection a letter, so that a stuck server holds up nothing else."""

    def __init__(self, settings: SmtpSettings, clock: Clock, *, tls_context: Any = None) -> None:  # any: an SSLContext
        self._settings = settings
        self._clock = clock
        self._tls_context = tls_context

    async def send(self, letter: Letter) -> None:
        """Hand one letter over; raise Unavailable when trying again may help, LetterRefused when not."""
        settings = self._settings
        message = compose(letter, self._clock, sender=settings.sender, sender_name=settings.sender_name)
        try:
            await aiosmtplib.send(
                message,
                sender=settings.sender,
                recipients=[letter.to],
                hostname=settings.host,
                port=settings.port,
                username=settings.user or None,
                password=settings.password or None,
                use_tls=settings.tls is Tls.IMPLICIT,
                start_tls=settings.tls is Tls.STARTTLS,
                timeout=settings.patience_s,
                tls_context=self._tls_context,
            )
        except aiosmtplib.SMTPRecipientsRefused as problem:
            raise _refused(max(one.code for one in problem.recipients)) from None
        except aiosmtplib.SMTPResponseException as problem:
            raise _refused(problem.code) from None
        except (aiosmtplib.SMTPException, OSError) as problem:
            raise MailUnavailable(f"{settings.host} does not take letters ({type(problem).__name__})") from None


def compose(letter: Letter, clock: Clock, *, sender: str, sender_name: str) -> EmailMessage:
    """Write a letter as a message of text and, if it has any, HTML."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender_name, addr_spec=sender)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{new_id()}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.reply_to:
        message["Reply-To"] = Address(addr_spec=letter.reply_to)
    if letter.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message


def _refused(code: int) -> MailUnavailable | LetterRefused:
    if code >= _NEVER:
        return LetterRefused(f"The mail server refuses this letter for good ({code})")
    return MailUnavailable(f"The mail server asks to come back later ({code})", retry_after_s=60)
