"""A difference makes the later text from the earlier one, as the SDKs' own decoder reads it."""

import pytest
from centrifuge.fossil import apply_delta
from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.realtime.codes import Ended
from stoa.kit.realtime.delta import difference
from stoa.kit.realtime.frames import Frame, deflate, inflate

_shared = st.text(max_size=40)


@given(_shared, st.text(max_size=20), st.text(max_size=20), _shared)
def test_the_sdk_makes_the_later_text_of_the_earlier_one(head: str, one: str, other: str, tail: str) -> None:
    before, after = (head + one + tail).encode(), (head + other + tail).encode()

    delta = difference(before, after)

    if delta is not None:
        assert delta.decode()
        assert len(delta) < len(after)
        assert apply_delta(before, delta) == after


def test_a_small_change_in_a_long_state_is_a_short_difference() -> None:
    before, after = (b'{"n":%d,"rest":"%b"}' % (number, b"x" * 500) for number in (1, 2))

    delta = difference(before, after)

    assert delta is not None
    assert len(delta) < 40


@given(st.lists(st.text(min_size=12, max_size=60), min_size=1, max_size=5), st.data())
def test_what_moved_or_came_between_is_put_together_again(pieces: list[str], data: st.DataObject) -> None:
    others = st.lists(st.sampled_from(pieces) | st.text(max_size=20), max_size=8)
    before, after = "".join(pieces).encode(), "".join(data.draw(others)).encode()

    delta = difference(before, after)

    if delta is not None:
        assert delta.decode()
        assert apply_delta(before, delta) == after


def test_two_changes_with_a_long_text_between_them_are_a_short_difference() -> None:
    before, after = (b'{"n":%d,"rest":"%b%b"}' % (n, b"x\xc3\xbc" * 200, end) for n, end in ((1, b"x"), (2, b"b")))

    delta = difference(before, after)

    assert delta is not None
    assert len(delta) < 80
    assert apply_delta(before, delta) == after


def test_texts_without_likeness_have_no_difference_worth_saying() -> None:
    assert difference(b"abc", b"xyz") is None


@given(st.binary(max_size=2_000))
def test_what_is_deflated_is_inflated_again_and_bounded(payload: bytes) -> None:
    pressed = deflate(payload)

    assert inflate(pressed, at_most=2_000) == payload
    if payload:
        with pytest.raises(Ended) as ended:
            inflate(pressed, at_most=len(payload) - 1)
        assert ended.value.why.code == 1009


def test_a_broken_message_is_no_message() -> None:
    with pytest.raises(Ended) as ended:
        inflate(b"\xff\xff\xff", at_most=100)

    assert ended.value.why.code == 3501


def test_a_batch_of_messages_is_at_most_55_bytes_a_message_when_deflated() -> None:
    head = b'{"push":{"channel":"chat:0197f0e2-6a2b-7c1e-9d5f-3f2b8a7c6d5e","pub":{"data":'
    words = ["derivative", "I think so", "question", "why does the limit exist", "yes", "thanks", "slide", "again"]
    lines = []
    for number in range(10):
        text = f"{words[number % 8]} {words[(number * 3) % 8]} {number * 7919 % 1000}"
        line = b'{"t":"message","seq":%d,"name":"Learner %d","body":"%b"}' % (number, number * 37 % 100, text.encode())
        lines.append(head + line + b',"offset":%d}}}' % (1_000 + number))

    frame = Frame(b"\n".join(lines))

    assert frame.deflated is not None
    assert len(frame.deflated) / 10 <= 55


def test_a_short_frame_is_not_deflated() -> None:
    assert Frame(b"{}").deflated is None
