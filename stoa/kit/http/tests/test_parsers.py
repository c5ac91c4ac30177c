"""What strangers send: cursors, tags, addresses, encodings, file names, request ids. Nothing of it is trusted."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.contract import new_id
from stoa.kit.errors import Malformed, PreconditionFailed
from stoa.kit.http.address import Proxies, parse_address
from stoa.kit.http.cursor import Cursor, PageQuery
from stoa.kit.http.etag import matches, parse_if_match, parse_tags
from stoa.kit.http.problems import readable
from stoa.kit.http.reply import choose_encoding
from stoa.kit.http.requests import request_id_of
from stoa.kit.http.tree import PathTree
from stoa.kit.http.upload import filename_of
from stoa.kit.telemetry.tracing import parse_traceparent

BY_DATE = Cursor("by_date", tuple[datetime, UUID])
BY_NAME = Cursor("by_name", tuple[str, int])
TAG = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"'))


@given(name=st.text(max_size=100), number=st.integers(-(2**63), 2**63 - 1))
def test_a_cursor_gives_back_the_key_it_was_made_of(name: str, number: int) -> None:
    assert BY_NAME.read(BY_NAME.write((name, number))) == (name, number)


@given(at=st.datetimes(timezones=st.just(UTC)))
def test_a_cursor_keeps_an_instant_to_the_microsecond(at: datetime) -> None:
    key = (at, new_id())

    assert BY_DATE.read(BY_DATE.write(key)) == key


@given(text=st.text(max_size=2_000))
def test_no_text_is_a_cursor_by_accident(text: str) -> None:
    with pytest.raises(Malformed):
        BY_NAME.read(text)


@given(data=st.data())
def test_a_changed_cursor_is_refused(data: st.DataObject) -> None:
    raw = bytearray(urlsafe_b64decode(_padded(BY_NAME.write(("Ada", 7)))))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(Malformed):
        BY_NAME.read(urlsafe_b64encode(raw).decode())


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(Malformed):
        Cursor("by_title", tuple[str, int]).read(BY_NAME.write(("Ada", 7)))


def test_the_last_page_has_no_cursor_and_a_full_one_has() -> None:
    query = PageQuery(limit=2)

    full = BY_NAME.page([1, 2, 3], query, key=lambda one: ("n", one))
    last = BY_NAME.page([1, 2], query, key=lambda one: ("n", one))

    assert (full.items, BY_NAME.read(full.next)) == ([1, 2], ("n", 2))
    assert (last.items, last.next) == ([1, 2], None)


@given(tags=st.lists(TAG, min_size=1, max_size=5), weak=st.booleans(), gap=st.sampled_from(["", " ", "\t "]))
def test_a_list_of_tags_is_read_whatever_its_spaces_and_weakness(tags: list[str], weak: bool, gap: str) -> None:
    header = f"{gap},{gap}".join(f'{"W/" if weak else ""}"{tag}"' for tag in tags)

    assert parse_tags(header) == tuple(tags)
    assert all(matches(header, f'"{tag}"') for tag in tags)


@given(text=st.text(max_size=200))
def test_any_header_is_either_tags_or_malformed(text: str) -> None:
    try:
        tags = parse_tags(text)
    except Malformed:
        assert not matches(text, '"x"')
    else:
        assert tags is None or all('"' not in tag for tag in tags)


@pytest.mark.parametrize("header", ["*", '"1", "2"', "1", '"1', "", '"1"x', '"1",'])
def test_an_if_match_that_names_not_exactly_one_version_is_malformed(header: str) -> None:
    with pytest.raises(Malformed):
        parse_if_match(header)


@pytest.mark.parametrize("header", ['"abc"', '""', '"-1"', '"1.0"', '"9999999999999999999"', '"\xb2"'])
def test_a_tag_that_is_no_version_fails_the_precondition(header: str) -> None:
    with pytest.raises(PreconditionFailed):
        _ = parse_if_match(header).version


def _forwarded(*values: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-forwarded-for", value.encode("latin-1")) for value in values]


@pytest.mark.parametrize(
    ("peer", "headers", "client"),
    [
        ("203.0.113.9", _forwarded("198.51.100.1"), "203.0.113.9"),
        ("10.0.0.1", _forwarded("198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", _forwarded("6.6.6.6, 198.51.100.1, 10.0.0.2"), "198.51.100.1"),
        ("10.0.0.1", _forwarded("6.6.6.6", "198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", _forwarded("rubbish, 10.0.0.2"), "10.0.0.2"),
        ("10.0.0.1", _forwarded("198.51.100.1:443"), "198.51.100.1"),
        ("10.0.0.1", _forwarded("[2001:db8:1:2:3::4]:443"), "2001:db8:1:2::/64"),
        ("10.0.0.1", _forwarded("::ffff:198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("2001:db8:1:2:aaaa::1", [], "2001:db8:1:2::/64"),
    ],
)
def test_the_client_is_the_nearest_hop_that_no_trusted_proxy_vouches_for(
    peer: str, headers: list[tuple[bytes, bytes]], client: str
) -> None:
    assert Proxies(["10.0.0.0/8"]).client_of((peer, 1), headers) == client


def test_a_unix_sockets_peer_is_believed() -> None:
    assert Proxies().client_of(None, _forwarded("198.51.100.1")) == "198.51.100.1"
    assert Proxies().client_of(None, []) == "local"


@given(invented=st.lists(st.ip_addresses().map(str), max_size=5), real=st.ip_addresses(v=4).map(str))
def test_whatever_a_client_invents_it_cannot_move_its_own_address(invented: list[str], real: str) -> None:
    proxies = Proxies(["10.0.0.0/8"])

    honest = proxies.client_of(("10.0.0.1", 1), _forwarded(real))
    lying = proxies.client_of(("10.0.0.1", 1), _forwarded(", ".join([*invented, real])))

    assert lying == honest or real.startswith("10.")


@given(text=st.text(max_size=100))
def test_any_text_is_an_address_or_none(text: str) -> None:
    parse_address(text)


@given(header=st.binary(max_size=200))
def test_any_accept_encoding_has_an_answer(header: bytes) -> None:
    assert choose_encoding(header) in (None, b"br", b"gzip")


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (b"gzip, br", b"br"),
        (b"gzip;q=1, br;q=0.5", b"gzip"),
        (b"br;q=0, gzip", b"gzip"),
        (b"br;q=0, gzip;q=0", None),
        (b"*", b"br"),
        (b"identity", None),
        (b"gzip;q=x", None),
    ],
)
def test_the_encoding_follows_the_callers_weights(header: bytes, chosen: bytes | None) -> None:
    assert choose_encoding(header) == chosen


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="course.tar.gz"', "course.tar.gz"),
        ("attachment; filename*=UTF-8''L%C3%B6we.zip", "Löwe.zip"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\temp\\\\a.zip"', "a.zip"),
        ("attachment; filename=plain.zip", "plain.zip"),
        ('attachment; filename=""', None),
        ("inline", None),
    ],
)
def test_a_file_name_is_bare(header: str, name: str | None) -> None:
    assert filename_of(header) == name


@given(given_id=st.binary(max_size=200))
def test_a_request_id_never_carries_what_a_log_line_cannot(given_id: bytes) -> None:
    found = request_id_of({b"x-request-id": given_id})

    assert 8 <= len(found) <= 128
    assert found.isascii()
    assert found.isprintable()
    assert " " not in found


@given(text=st.text(max_size=80))
def test_no_text_is_a_traceparent_by_accident(text: str) -> None:
    assert parse_traceparent(text) is None


def test_a_trace_of_zeros_is_none() -> None:
    assert parse_traceparent(f"00-{'0' * 32}-{'1' * 16}-01") is None
    assert parse_traceparent(f"00-{'1' * 32}-{'1' * 16}-01") is not None


class Inner(msgspec.Struct):
    """A nested struct."""

    size: int


class Outer(msgspec.Struct):
    """A struct with a list of others."""

    parts: list[Inner]


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (b'{"parts":[{"size":1},{"size":"x"}]}', "parts[1].size", "This is a whole number, not a text."),
        (b'{"parts":[{}]}', "parts[0].size", "This is required."),
        (b'{"parts":7}', "parts", "This is a list, not a whole number."),
        (b"[]", "", "This is an object, not a list."),
    ],
)
def test_a_validation_error_names_the_place_in_words(body: bytes, field: str, message: str) -> None:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode(body, type=Outer)

    assert readable(str(error.value)) == (field, message)


def test_a_fixed_segment_wins_over_a_name_and_a_name_over_the_rest() -> None:
    tree: PathTree[str] = PathTree()
    for path in ("/a/mine", "/a/{x}", "/a/{x}/b", "/a/mine/c", "/a/{rest:path}"):
        tree.add("GET", path, path)

    def find(path: str) -> tuple[str, list[str]] | None:
        found = tree.find(path)
        return None if found is None else (found[0]["GET"], found[1])

    assert find("/a/mine") == ("/a/mine", [])
    assert find("/a/yours") == ("/a/{x}", ["yours"])
    assert find("/a/mine/b") == ("/a/{x}/b", ["mine"])
    assert find("/a/mine/c") == ("/a/mine/c", [])
    assert find("/a/x/y/z") == ("/a/{rest:path}", ["x/y/z"])
    assert find("/b") is None


def test_two_routes_for_one_place_are_refused() -> None:
    tree: PathTree[str] = PathTree()
    tree.add("GET", "/a/{x}", "first")

    with pytest.raises(ValueError, match="declared twice"):
        tree.add("GET", "/a/{y}", "second")


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)
