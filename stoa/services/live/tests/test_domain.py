"""The rules of a live class, as values in and values out."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from stoa.services.live.contract import BadBallot, ClassState, IllegalMove, ParticipantId, ResultsHidden
from stoa.services.live.domain import attendance, boards, breakouts, lifecycle, polls, sampling, wording
from stoa.services.live.domain.attendance import Interval, Mark, Rule
from stoa.services.live.domain.polls import PollKind, PollState, PollTally
from stoa.services.live.domain.sampling import Pace, Tick

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
QUARTER = timedelta(milliseconds=250)
# A busy machine is no fault of the rule that is tested.
calmly = settings(deadline=None)


def minutes(number: float) -> datetime:
    """Return an instant so many minutes after noon."""
    return NOON + timedelta(minutes=number)


def between(since: float, until: float) -> Interval:
    """Return an interval in minutes after noon."""
    return Interval(since=minutes(since), until=minutes(until))


# --- the life of a class


def test_every_move_of_the_table_and_no_other_is_allowed():
    moves = {move.name for move in lifecycle.MOVES}

    for state in ClassState:
        for move in moves:
            if move in lifecycle.allowed_from(state):
                assert lifecycle.after(state, move) in ClassState
            else:
                with pytest.raises(IllegalMove) as refused:
                    lifecycle.after(state, move)
                assert refused.value.fields["allowed"] == lifecycle.allowed_from(state)


def test_what_is_over_for_good_stays_so():
    assert [lifecycle.allowed_from(state) for state in lifecycle.TERMINAL] == [[], []]
    assert lifecycle.after(ClassState.ENDED, "start") is ClassState.LIVE


# --- the sample


@calmly
@given(some.lists(some.tuples(some.integers(1, 900), some.integers(0, 400)), min_size=1, max_size=60))
def test_in_no_second_are_more_than_twenty_messages_shown(steps: list[tuple[int, int]]):
    now, recent, shown = NOON, list[Tick](), list[tuple[datetime, int]]()

    for step_ms, offered in steps:
        now += timedelta(milliseconds=step_ms)
        size = sampling.room_for(recent, offered=offered, now=now, tick=QUARTER)
        recent = [*sampling.still_counting(recent, now), Tick(at=now, offered=offered, shown=size)]
        shown.append((now, size))
        assert 0 <= size <= offered

    for at, _ in shown:
        assert sum(size for then, size in shown if at - sampling.SECOND < then <= at) <= sampling.SHOWN_PER_S


def test_a_handful_is_shown_whole_and_a_flood_is_spread_over_its_second():
    assert sampling.room_for([], offered=12, now=NOON, tick=QUARTER) == 12

    now, recent, sizes = NOON, list[Tick](), list[int]()
    for _ in range(8):
        size = sampling.room_for(recent, offered=250, now=now, tick=QUARTER)
        recent, now = [*recent, Tick(at=now, offered=250, shown=size)], now + QUARTER
        sizes.append(size)

    assert sizes == [5] * 8


def test_ticks_that_come_late_show_as_much_in_a_second():
    now, recent, shown = NOON, list[Tick](), 0
    for _ in range(30):
        size = sampling.room_for(recent, offered=100, now=now, tick=QUARTER)
        recent, now = [*recent, Tick(at=now, offered=100, shown=size)], now + timedelta(milliseconds=340)
        shown += size

    assert shown >= 18 * 30 * 0.34


@calmly
@given(some.integers(0, 400), some.integers(0, 25), some.integers())
def test_a_reservoir_holds_what_it_should_in_the_order_of_the_stream(length: int, size: int, seed: int):
    chosen = sampling.reservoir(range(length), size, Random(seed))

    assert len(chosen) == min(length, size)
    assert chosen == sorted(set(chosen))
    assert set(chosen) <= set(range(length))


def test_everything_offered_has_the_same_chance():
    chance, counts = Random(1), [0] * 40

    for _ in range(8_000):
        for one in sampling.reservoir(range(40), 5, chance):
            counts[one] += 1

    assert all(abs(count - 1_000) < 150 for count in counts), counts


def test_a_flooded_room_slows_itself_down_step_by_step_and_recovers_when_it_is_calm():
    pace, now, seen = Pace(), NOON, list[int]()
    for rate in [500] * 6 + [1] * 2:
        pace = sampling.next_pace(pace, rate=rate, now=now)
        seen.append(pace.slow_s)
        now += timedelta(seconds=20)

    assert seen == [5, 5, 10, 10, 30, 30, 10, 10]
    assert sampling.next_pace(pace, rate=1, now=now + timedelta(minutes=10)).slow_s == 0


# --- attendance


@calmly
@given(some.lists(some.tuples(some.integers(-30, 90), some.integers(-30, 90)), max_size=12))
def test_devices_together_count_each_minute_once_and_only_within_the_class(visits: list[tuple[int, int]]):
    window = [between(0, 60)]

    found = attendance.attended([between(*visit) for visit in visits], window=window, rule=Rule(min_percent=50))

    there = {minute for since, until in visits for minute in range(max(0, since), min(60, until))}
    assert found.present_s == 60 * len(there)
    assert found.percent == int(100 * len(there) / 60)
    assert (found.mark is Mark.PRESENT) == (bool(there) and len(there) >= 30)
    assert (found.first_seen is None) == (not there)


@calmly
@given(some.lists(some.tuples(some.integers(0, 90), some.integers(0, 90)), max_size=12), some.randoms())
def test_the_order_and_the_repetition_of_visits_change_nothing(visits: list[tuple[int, int]], chance: Random):
    intervals = [between(*visit) for visit in visits]
    mixed = intervals * 2
    chance.shuffle(mixed)

    assert attendance.union(mixed) == attendance.union(intervals)


def test_a_teacher_who_begins_late_takes_nothing_from_anybody():
    window = attendance.window_of(starts_at=minutes(0), ends_at=minutes(60), sessions=[between(15, 70)])

    found = attendance.attended([between(14, 61)], window=window, rule=Rule())

    assert window == [between(15, 60)]
    assert (found.percent, found.is_late, found.left_early) == (100, False, False)


def test_a_class_that_was_held_at_another_time_counts_where_it_was_held():
    window = attendance.window_of(starts_at=minutes(0), ends_at=minutes(60), sessions=[between(100, 160)])

    assert window == [between(100, 160)]


def test_coming_late_and_leaving_early_are_said_and_a_mark_by_hand_outranks_the_count():
    window = [between(0, 60)]

    found = attendance.attended([between(10, 40)], window=window, rule=Rule(), by_hand=Mark.EXCUSED)

    assert (found.is_late, found.left_early, found.mark, found.percent) == (True, True, Mark.EXCUSED, 50)
    assert found.corrected_by_hand
    assert attendance.attended([], window=window, rule=Rule()).mark is Mark.ABSENT


# --- polls


@calmly
@given(some.lists(some.integers(-2, 6), max_size=6), some.sampled_from(PollKind))
def test_a_ballot_holds_each_option_once_and_only_those_there_are(choices: list[int], kind: PollKind):
    fits = (
        len(set(choices)) == len(choices)
        and all(0 <= one < 4 for one in choices)
        and (len(choices) == 1 or (kind is PollKind.MULTIPLE and len(choices) > 0))
    )

    if fits:
        assert polls.check_ballot(choices, kind=kind, options=4) == sorted(choices)
    else:
        with pytest.raises(BadBallot):
            polls.check_ballot(choices, kind=kind, options=4)


def test_an_anonymous_voter_is_one_in_a_poll_and_another_in_the_next_and_nobody_without_the_key():
    person, poll, other = ParticipantId(UUID(int=1)), UUID(int=2), UUID(int=3)

    voter = polls.voter_of(person, poll=poll, pepper=b"p", key=b"k")

    assert voter == polls.voter_of(person, poll=poll, pepper=b"p", key=b"k")
    assert len({
        voter,
        person,
        polls.voter_of(person, poll=other, pepper=b"p", key=b"k"),
        polls.voter_of(person, poll=poll, pepper=b"q", key=b"k"),
        polls.voter_of(person, poll=poll, pepper=b"p", key=b"l"),
        polls.voter_of(ParticipantId(UUID(int=4)), poll=poll, pepper=b"p", key=b"k"),
    }) == 6  # fmt: skip
    assert polls.voter_of(person, poll=poll, pepper=None, key=b"k") == person


@pytest.mark.parametrize(
    ("state", "anonymous", "moderates", "ballots", "shown"),
    [
        (PollState.OPEN, False, False, 9, False),
        (PollState.OPEN, False, True, 9, True),
        (PollState.OPEN, True, True, 9, False),
        (PollState.CLOSED, False, False, 9, False),
        (PollState.CLOSED, True, True, 9, True),
        (PollState.CLOSED, True, True, 2, False),
        (PollState.REVEALED, False, False, 1, True),
        (PollState.REVEALED, True, False, 3, True),
        (PollState.REVEALED, True, False, 2, False),
    ],
)
def test_results_are_told_to_whom_and_when(
    state: PollState, anonymous: bool, moderates: bool, ballots: int, shown: bool
):
    tally = PollTally(ballots=ballots, counts=[ballots, 0])

    if shown:
        assert polls.shown_to(tally, state=state, is_anonymous=anonymous, moderates=moderates) == tally
    else:
        with pytest.raises(ResultsHidden):
            polls.shown_to(tally, state=state, is_anonymous=anonymous, moderates=moderates)


def test_a_poll_goes_one_way():
    assert polls.after(polls.after(polls.after(PollState.DRAFT, "open"), "close"), "reveal") is PollState.REVEALED
    for state, move in ((PollState.CLOSED, "open"), (PollState.OPEN, "reveal"), (PollState.REVEALED, "close")):
        with pytest.raises(IllegalMove):
            polls.after(state, move)


# --- words


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("see https://example.org/x", "link"),
        ("www.example.org has it", "link"),
        ("go to example.com now", "link"),
        ("write to leo@example.org", "personal"),
        ("call +41 44 123 45 67", "personal"),
        ("you b4d  WÖRD", "words"),
        ("baaaad", "words"),
        ("Version 3.14 of chapter 12, page 100", None),
        ("badminton is fine", None),
        ("2026-11-21 at 10:30", None),
        ("مرحبا", None),
    ],
)
def test_what_waits_for_a_moderator(body: str, why: str | None):
    assert wording.held_because(body, links=True, personal=True, words=["bad", "word"]) == why


def test_words_are_held_only_where_it_is_asked():
    assert wording.held_because("leo@example.org www.example.org bad", links=False, personal=False, words=[]) is None


@pytest.mark.parametrize("body", ["", "  \n ", "\u202e", "\u0301", "x" * 1_001])
def test_a_message_says_something_and_not_too_much(body: str):
    with pytest.raises(wording.BadMessage):
        wording.clean_message(body)


def test_a_message_loses_what_would_turn_the_page_around_and_keeps_the_rest():
    assert wording.clean_message("a\u202eb\x07c\r\n" + "\n".join("de") + "👩‍🏫") == "abc\nd\ne👩‍🏫"


# --- groups and the board


@calmly
@given(some.integers(0, 60), some.integers(1, 9), some.integers())
def test_groups_differ_by_one_at_most_and_hold_everybody_once(people: int, groups: int, seed: int):
    everybody = [ParticipantId(UUID(int=number + 1)) for number in range(people)]
    chosen = dict.fromkeys(everybody[:2], 0)

    dealt = breakouts.dealt(everybody, groups, Random(seed))
    assigned = breakouts.assigned(everybody, chosen, groups, Random(seed))

    assert sorted(person for group in dealt for person in group) == everybody
    assert sorted(person for group in assigned for person in group) == everybody
    assert max(map(len, dealt)) - min(map(len, dealt)) <= 1
    assert set(assigned[0]) >= set(chosen)


def raw(**fields: object) -> msgspec.Raw:
    """Return an element as the drawing program sends it."""
    return msgspec.Raw(msgspec.json.encode(fields))


def test_the_last_version_of_an_element_is_read_and_of_equal_ones_the_lower_nonce():
    read = boards.read_elements(
        [
            raw(id="a", version=2, versionNonce=9, x=1),
            raw(id="a", version=1, versionNonce=1, x=2),
            raw(id="a", version=2, versionNonce=5, x=3),
            raw(id="b", version=1, isDeleted=True),
        ]
    )

    assert [(one.id, one.version, one.nonce, one.is_deleted) for one in read] == [("a", 2, 5, False), ("b", 1, 0, True)]


@pytest.mark.parametrize(
    "elements",
    [
        [],
        [raw(id="a")],
        [raw(version=1)],
        [raw(id="", version=1)],
        [raw(id="x" * 65, version=1)],
        [raw(id="a", version=-1)],
        [raw(id="a", version=2**60)],
        [raw(id="a", version=1, text="x" * 40_000)],
        [raw(id=str(number), version=1) for number in range(51)],
        [raw(id=str(number), version=1, text="x" * 20_000) for number in range(3)],
        [msgspec.Raw(b"3")],
    ],
)
def test_what_is_no_element_or_too_much_is_refused(elements: list[msgspec.Raw]):
    with pytest.raises(boards.BadElements):
        boards.read_elements(elements)
