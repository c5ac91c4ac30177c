import json

import pytest

from stoa.app.crowd.hearing import Ear
from stoa.app.crowd.tally import Latencies, Tally, Watch


def pushed(channel: str, offset: int, data: object) -> bytes:
    return json.dumps(
        {"push": {"channel": channel, "pub": {"data": data, "offset": offset}}}, separators=(",", ":")
    ).encode()


@pytest.fixture
def polls() -> list[tuple[str, int]]:
    return []


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def ear(tally: Tally, polls: list[tuple[str, int]]) -> Ear:
    return Ear(tally, on_poll=lambda poll, options: polls.append((poll, options)))


def test_what_all_hear_is_read_once_and_counted_for_each(ear: Ear, tally: Tally) -> None:
    ear.sent("m1")
    frame = pushed("chat:1", 4, {"t": "messages", "messages": [{"client_msg_id": "m1"}, {"client_msg_id": "x"}]})

    heard = [ear.heard(frame) for _ in range(3)]

    assert heard[0] is heard[1] is heard[2]
    assert heard[0] is not None
    assert (heard[0].channel, heard[0].offset, heard[0].publications) == ("chat:1", 4, 2)
    assert (tally.heard, tally.deliveries, tally.frames, tally.latencies.many) == (2, 6, 3, 3)


def test_a_frame_of_several_lines_tells_of_the_last_offset(ear: Ear) -> None:
    frame = b"\n".join(pushed("class:1", offset, {"t": "message", "message": {}}) for offset in (7, 8, 9))

    heard = ear.heard(frame)

    assert heard is not None
    assert (heard.offset, heard.publications) == (9, 3)


def test_what_is_one_persons_own_is_left_to_them(ear: Ear, tally: Tally) -> None:
    own = [b"{}", b'{"id":1,"connect":{}}', b'{"push":{"channel":"class:1","unsubscribe":{"code":2500}}}']

    assert [ear.heard(frame) for frame in own] == [None, None, None]
    assert tally.deliveries == 0


def test_an_opened_poll_is_told_once_however_many_hear_of_it(ear: Ear, polls: list[tuple[str, int]]) -> None:
    frame = pushed("class:1", 1, {"t": "poll", "poll": {"id": "p", "options": [{}, {}, {}]}})

    for _ in range(5):
        ear.heard(frame)

    assert polls == [("p", 3)]


def test_a_frame_that_was_pushed_out_of_memory_is_read_again(ear: Ear) -> None:
    frames = [pushed("chat:1", number, {"text": f"{number:04}"}) for number in range(1000, 1010)]

    offsets = [heard.offset for frame in [*frames, *frames] if (heard := ear.heard(frame)) is not None]

    assert offsets == [*range(1000, 1010), *range(1000, 1010)]


def test_quantiles_are_right_within_their_steps() -> None:
    latencies = Latencies()
    for ms in range(1, 1001):
        latencies.add(ms / 1000)

    assert latencies.quantile_ms(0.5) == pytest.approx(500, rel=0.04)
    assert latencies.quantile_ms(0.99) == pytest.approx(990, rel=0.04)
    assert Latencies().quantile_ms(0.99) == 0


def test_a_moment_tells_of_the_time_since_the_last_look_alone() -> None:
    tally = Tally(here=5, posted=10, heard=10, deliveries=100, frames=50)
    watch = Watch(tally, 8)
    tally.latencies.add(0.2)

    first = watch.look(2.0)
    tally.posted, tally.deliveries = 14, 140
    second = watch.look(2.0)

    assert (first.posted_per_s, first.deliveries_per_s, first.here, first.people) == (5.0, 50.0, 5, 8)
    assert (second.posted_per_s, second.deliveries_per_s, second.p99_ms) == (2.0, 20.0, 0)
    assert first.p50_ms == pytest.approx(200, rel=0.04)
