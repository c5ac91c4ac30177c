"""Letters: what a letter may be, and that each engine hands over exactly that."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.clock import ManualClock, SystemClock
from stoa.kit.contract import new_id
from stoa.kit.engines.disk.mail import MailApp, OutboxMail, OutboxUnusable
from stoa.kit.engines.smtp.mail import MailUnavailable, SmtpMail, SmtpSettings, Tls, compose
from stoa.kit.mail import Letter, LetterInvalid, LetterRefused, Mail

TEXT = "Hello Ada,\n\nopen http://localhost:8000/verify?token=abc&x=1.\n\nGrüße, <b>Stoa</b>\n.\n"


def a_letter(**changes: str) -> Letter:
    return Letter(**({"to": "ada@example.org", "subject": "Willkommen — أهلًا", "text": TEXT} | changes))


class SmtpServer:
    """Enough of RFC 5321 to be handed a letter: EHLO, STARTTLS, AUTH PLAIN, MAIL, RCPT, DATA, QUIT."""

    def __init__(self, certificate: ssl.SSLContext) -> None:
        self.certificate = certificate
        self.messages: list[bytes] = []
        self.envelopes: list[tuple[str, str, bool]] = []
        self.logins: list[str] = []
        self.answer_to_rcpt = b"250 OK"
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_encrypted, sender = False, ""
        writer.write(b"220 test ESMTP\r\n")
        while line := await reader.readline():
            word, _, rest = line.decode().strip().partition(" ")
            match word.upper():
                case "EHLO":
                    offers = [b"250-test", b"250-8BITMIME", b"250-STARTTLS", b"250 AUTH PLAIN"]
                    writer.write(b"\r\n".join(offers) + b"\r\n")
                case "STARTTLS":
                    writer.write(b"220 go\r\n")
                    await writer.drain()
                    await writer.start_tls(self.certificate)
                    is_encrypted = True
                case "AUTH":
                    self.logins.append(rest)
                    writer.write(b"235 OK\r\n")
                case "MAIL":
                    sender = rest
                    writer.write(b"250 OK\r\n")
                case "RCPT":
                    self.envelopes.append((sender, rest, is_encrypted))
                    writer.write(self.answer_to_rcpt + b"\r\n")
                case "DATA":
                    writer.write(b"354 go\r\n")
                    self.messages.append((await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n."))
                    writer.write(b"250 OK\r\n")
                case "QUIT":
                    writer.write(b"221 bye\r\n")
                    await writer.drain()
                    break
                case _:
                    writer.write(b"250 OK\r\n")
        writer.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = SystemClock().now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now.replace(year=now.year - 1, day=1))
        .not_valid_after(now.replace(year=now.year + 1, day=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=str(folder / "cert.pem"))


@pytest.fixture
async def smtp(certificate: tuple[ssl.SSLContext, ssl.SSLContext]) -> AsyncIterator[SmtpServer]:
    server = SmtpServer(certificate[0])
    listener = await asyncio.start_server(server.serve, "localhost", 0)
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield server


def an_smtp_mail(server: SmtpServer, certificate: tuple[ssl.SSLContext, ssl.SSLContext], **changes: object) -> SmtpMail:
    given_ = {"host": "localhost", "port": server.port, "sender": "stoa@example.org", "patience_s": 5.0} | changes
    return SmtpMail(SmtpSettings(**given_), ManualClock(), tls_context=certificate[1])


@pytest.fixture(params=["outbox", "smtp"])
async def engine(
    request: pytest.FixtureRequest, tmp_path: Path, smtp: SmtpServer, certificate: tuple[ssl.SSLContext, ssl.SSLContext]
) -> tuple[Mail, Callable[[], object]]:
    if request.param == "outbox":
        outbox = OutboxMail(tmp_path / "mail", ManualClock())

        async def read_outbox() -> list[tuple[str, str, str]]:
            return [(one.to, one.subject, one.text) for one in await outbox.letters()]

        return outbox, read_outbox

    async def read_smtp() -> list[tuple[str, str, str]]:
        return [_read(message) for message in reversed(smtp.messages)]

    return an_smtp_mail(smtp, certificate), read_smtp


def _read(wire: bytes) -> tuple[str, str, str]:
    message = message_from_bytes(wire, policy=default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert body is not None
    return message["to"], message["subject"], body.get_content().replace("\r\n", "\n")


async def test_a_letter_arrives_as_it_was_written(engine) -> None:
    mail, read = engine

    await mail.send(a_letter())
    await mail.send(a_letter(to="bob@example.org", subject="Second"))

    assert await read() == [("bob@example.org", "Second", TEXT), ("ada@example.org", "Willkommen — أهلًا", TEXT)]


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "ada@example.org\r\nBcc: eve@example.org"},
        {"to": "ada@example.org, eve@example.org"},
        {"to": "Ada <ada@example.org>"},
        {"to": "nobody"},
        {"to": ""},
        {"subject": "Hello\nBcc: eve@example.org"},
        {"subject": "Hello\u2028Bcc: eve@example.org"},
        {"reply_to": "a@b\r\nX: y"},
        {"unsubscribe_url": "https://x\r\nX: y"},
        {"text": "\ud800"},
    ],
)
def test_a_letter_that_would_smuggle_in_a_header_cannot_be_written(changes: dict[str, str]) -> None:
    with pytest.raises(LetterInvalid):
        a_letter(**changes)


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_subject_or_text_adds_a_header(subject: str, text: str) -> None:
    try:
        letter = a_letter(subject=subject, text=text)
    except LetterInvalid:
        return
    wire = compose(letter, ManualClock(), sender="stoa@example.org", sender_name="Stoa").as_bytes()

    message = message_from_bytes(wire, policy=default)
    assert set(message.keys()) <= {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding",
    }  # fmt: skip


async def test_a_letter_with_html_carries_both(
    smtp: SmtpServer, certificate: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    letter = a_letter(html="<p>Hello</p>", reply_to="teacher@example.org", unsubscribe_url="https://stoa.test/u/1")

    await an_smtp_mail(smtp, certificate).send(letter)

    message = message_from_bytes(smtp.messages[0], policy=default)
    assert isinstance(message, EmailMessage)
    html = message.get_body(("html",))
    assert html is not None
    assert html.get_content() == "<p>Hello</p>\r\n"
    assert message["reply-to"] == "teacher@example.org"
    assert message["list-unsubscribe"] == "<https://stoa.test/u/1>"
    assert message["from"] == "Stoa <stoa@example.org>"
    assert re.fullmatch(r"<[0-9a-f-]{36}@example\.org>", message["message-id"])


async def test_the_connection_is_encrypted_before_anything_is_said(
    smtp: SmtpServer, certificate: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    await an_smtp_mail(smtp, certificate, user="stoa", password="hunter2").send(a_letter())

    assert [is_encrypted for _, _, is_encrypted in smtp.envelopes] == [True]
    assert len(smtp.logins) == 1


async def test_a_server_we_cannot_trust_is_not_given_the_letter(
    smtp: SmtpServer, certificate: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    settings = SmtpSettings(host="localhost", port=smtp.port, sender="stoa@example.org", patience_s=5.0)

    with pytest.raises(MailUnavailable):
        await SmtpMail(settings, ManualClock()).send(a_letter())
    assert smtp.envelopes == []


async def test_a_refusal_for_good_and_one_for_now_are_told_apart(
    smtp: SmtpServer, certificate: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    mail = an_smtp_mail(smtp, certificate, tls=Tls.NONE)

    smtp.answer_to_rcpt = b"550 no such person"
    with pytest.raises(LetterRefused):
        await mail.send(a_letter())
    smtp.answer_to_rcpt = b"451 come back later"
    with pytest.raises(MailUnavailable) as caught:
        await mail.send(a_letter())
    assert caught.value.retry_after_s == 60


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(MailUnavailable, match="does not take letters"):
        await SmtpMail(SmtpSettings(host="localhost", port=1, tls=Tls.NONE), ManualClock()).send(a_letter())


async def test_the_outbox_shows_letters_with_their_links_newest_first(tmp_path: Path) -> None:
    outbox = OutboxMail(tmp_path / "mail", ManualClock(), kept=3)
    for n in range(5):
        await outbox.send(a_letter(subject=f"Letter {n}"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(MailApp(outbox)), base_url="http://x") as client:
        shown = (await client.get("/dev/mail.json")).json()
        nothing = [(await client.get("/dev/mail/../x")).status_code, (await client.post("/dev/mail")).status_code]

    assert [letter["subject"] for letter in shown] == ["Letter 4", "Letter 3", "Letter 2"]
    assert shown[0].keys() == {"to", "subject", "at", "text", "links"}
    assert shown[0]["links"] == ["http://localhost:8000/verify?token=abc&x=1"]
    assert nothing == [404, 405]


async def test_the_page_of_letters_runs_nothing_a_letter_says(tmp_path: Path) -> None:
    outbox = OutboxMail(tmp_path / "mail", ManualClock())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(MailApp(outbox)), base_url="http://x") as client:
        empty = await client.get("/dev/mail")
        await outbox.send(
            a_letter(subject="<script>alert(1)</script>", text='see https://x.test/"onmouseover="alert(1) <img src=x>')
        )
        full = await client.get("/dev/mail")

    assert "No letters yet" in empty.text
    assert "<script" not in full.text
    assert "<img" not in full.text
    assert 'href="https://x.test/"' in full.text
    assert "default-src 'none'" in full.headers["content-security-policy"]


async def test_a_damaged_letter_hides_no_other(tmp_path: Path) -> None:
    outbox = OutboxMail(tmp_path / "mail", ManualClock())
    await outbox.send(a_letter(subject="Whole"))
    (tmp_path / "mail" / f"{new_id()}.json").write_text("{half")

    assert [letter.subject for letter in await outbox.letters()] == ["Whole"]


async def test_a_folder_that_cannot_be_made_is_a_clear_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(OutboxUnusable):
        await OutboxMail(tmp_path / "file" / "mail", ManualClock()).send(a_letter())
