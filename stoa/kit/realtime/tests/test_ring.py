"""A ring remembers a stream's end without a hole and never twice."""

from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.realtime.broker import History, Position, Publication
from stoa.kit.realtime.ring import Fit, Ring


def said(*offsets: int) -> list[Publication]:
    return [Publication(data=b"%d" % offset, offset=offset) for offset in offsets]


def begun(size: int, *offsets: int, top: int | None = None) -> Ring:
    ring = Ring(size)
    end = top if top is not None else (offsets[-1] if offsets else 0)
    ring.begin(History(position=Position(epoch="e", offset=end), publications=said(*offsets)))
    return ring


@given(st.integers(1, 20), st.integers(0, 60), st.integers(0, 60))
def test_it_gives_exactly_what_came_after_a_place_or_nothing_at_all(size: int, told: int, place: int) -> None:
    ring = begun(size)
    for one in said(*range(1, told + 1)):
        assert ring.fit(one, "e") is Fit.NEXT
        ring.append(one)

    missed = ring.since(place)

    if told - size <= place <= told:
        assert missed == said(*range(place + 1, told + 1))
    else:
        assert missed is None


def test_it_tells_the_next_from_the_known_the_far_and_the_foreign() -> None:
    ring = begun(5, 3, 4)

    fits = [ring.fit(one, "e") for one in said(4, 5, 7)] + [ring.fit(said(5)[0], "other")]

    assert fits == [Fit.KNOWN, Fit.NEXT, Fit.BEYOND, Fit.FOREIGN]


def test_a_history_with_a_hole_counts_from_behind_the_hole() -> None:
    ring = begun(10, 1, 2, 4, 5)

    assert (ring.base, ring.top) == (3, 5)


def test_a_history_that_ends_before_the_stream_leaves_nothing_to_recover() -> None:
    ring = begun(10, 1, 2, top=4)

    assert (ring.since(2), ring.since(4)) == (None, [])


def test_it_takes_what_lies_before_it() -> None:
    ring = begun(10, 5, 6)

    ring.reach_back(said(2, 3, 4))

    assert ring.since(1) == said(2, 3, 4, 5, 6)
