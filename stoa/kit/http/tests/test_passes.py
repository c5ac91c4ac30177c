from datetime import UTC, datetime, timedelta

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.http.address import Proxies
from stoa.kit.http.passes import LoadPasses

HERE, ELSEWHERE = ("127.0.0.1", 1), ("203.0.113.9", 1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 4, tzinfo=UTC))


def shown(value: str) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"localhost"), (b"stoa-load", value.encode())]


def test_each_pass_of_a_crowd_counts_as_an_address_of_its_own(clock: ManualClock) -> None:
    passes = LoadPasses(b"k" * 32, clock)
    proxies = Proxies((), passes)

    addresses = [proxies.client_of(HERE, shown(passes.write(n, expires_in=timedelta(hours=1)))) for n in range(3)]

    assert addresses == ["load:0", "load:1", "load:2"]


def test_a_pass_is_believed_of_this_machine_alone_and_only_where_load_tests_are_let_in(clock: ManualClock) -> None:
    passes = LoadPasses(b"k" * 32, clock)
    header = shown(passes.write(7, expires_in=timedelta(hours=1)))

    assert Proxies((), passes).client_of(ELSEWHERE, header) == "203.0.113.9"
    assert Proxies().client_of(HERE, header) == "127.0.0.1"


def test_a_pass_that_is_old_forged_or_rubbish_stands_for_nothing(clock: ManualClock) -> None:
    passes = LoadPasses(b"k" * 32, clock)
    good = passes.write(7, expires_in=timedelta(hours=1))
    forged = LoadPasses(b"x" * 32, clock).write(7, expires_in=timedelta(hours=1))
    clock.advance(timedelta(hours=1))

    assert [passes.address_of(text.encode()) for text in (good, forged, "", ".", "a.b", "ä" * 400)] == [None] * 6
