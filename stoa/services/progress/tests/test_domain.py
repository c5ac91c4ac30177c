"""The rules of progress without a database: intervals, shares, places and locks."""

import itertools
from collections.abc import Sequence
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.contract import new_id
from stoa.services.courses.contract import BlockKind, Completion, NodeId, NodeKind, NodeSettings, OutlineNode
from stoa.services.progress.contract import BadIntervals
from stoa.services.progress.domain import completion, watching

LENGTH = 600.0
edges = st.integers(0, 6_000).map(lambda tenth: tenth / 10)
intervals = st.lists(st.tuples(edges, edges).map(lambda pair: (min(pair), max(pair))), max_size=30)


def a_node(
    kind: NodeKind,
    *children: OutlineNode,
    block_kind: BlockKind | None = None,
    settings: NodeSettings | None = None,
) -> OutlineNode:
    return OutlineNode(
        id=NodeId(new_id()),
        kind=kind,
        block_kind=block_kind,
        title=kind,
        settings=settings or NodeSettings(),
        problem=None,
        count=None,
        children=list(children),
    )


def a_block(kind: BlockKind = BlockKind.HTML, **settings: object) -> OutlineNode:
    chosen = NodeSettings(**settings)  # type: ignore[arg-type]  # any of its fields
    return a_node(NodeKind.BLOCK, block_kind=kind, settings=chosen)


@given(intervals, st.randoms())
def test_order_and_repeats_of_watched_intervals_do_not_matter(
    parts: Sequence[watching.Interval], chance: Random
) -> None:
    shuffled = [*parts, *parts]
    chance.shuffle(shuffled)
    one_by_one: list[watching.Interval] = []
    for interval in shuffled:
        one_by_one = watching.union(one_by_one, [interval])

    assert one_by_one == watching.union(parts)


@given(intervals, intervals)
def test_watching_more_never_covers_less(first: list[watching.Interval], second: list[watching.Interval]) -> None:
    merged = watching.union(watching.checked(first, duration_s=LENGTH), watching.checked(second, duration_s=LENGTH))

    kept = watching.checked(first, duration_s=LENGTH)
    assert watching.covered_s(merged) >= watching.covered_s(watching.union(kept)) - 1e-6
    assert watching.covered_s(merged) <= LENGTH + 1e-6
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(merged))


def test_only_the_part_that_is_to_be_watched_counts() -> None:
    film = watching.Film(duration_s=100.0, start_s=10.0, end_s=30.0)

    assert film.share([(0.0, 20.0), (25.0, 90.0)], length_s=100.0) == pytest.approx(0.75)
    assert watching.Film(start_s=50.0, end_s=20.0).share([(0.0, 5.0)], length_s=10.0) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("given_", "duration"),
    [([[3, 1]], 10), ([[-1, 2]], 10), ([[1]], 10), ([[0, float("nan")]], 10), ([], 0), ([], float("inf")), ([], 1e9)],
)
def test_intervals_that_make_no_sense_are_refused(given_: list[list[float]], duration: float) -> None:
    with pytest.raises(BadIntervals):
        watching.checked(given_, duration_s=duration)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.integers(0, 5)), max_size=12))
def test_the_percentage_counts_what_is_visible_and_required(blocks: list[tuple[bool, bool, bool, int]]) -> None:
    made = [
        (a_block(hidden=hidden, required=required, weight=Decimal(weight)), hidden, required, is_done, weight)
        for hidden, required, is_done, weight in blocks
    ]
    section = a_node(NodeKind.SECTION, *(block for block, *_ in made))
    done = frozenset(block.id for block, _, _, is_done, _ in made if is_done)
    counted = [(is_done, weight) for _, hidden, required, is_done, weight in made if required and not hidden]

    share = completion.share_of(completion.visible([section]), done)

    assert share.required == len(counted)
    assert share.completed == sum(is_done for is_done, _ in counted)
    assert share.whole_weight == sum(weight for _, weight in counted)
    assert share.done_weight == sum(weight for is_done, weight in counted if is_done)
    assert 0 <= share.percent <= 100
    assert share.is_whole is (bool(counted) and all(is_done for is_done, _ in counted))
    if share.is_whole:
        assert share.percent == 100


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (BlockKind.HTML, Completion.VIEW),
        (BlockKind.VIDEO, Completion.WATCH),
        (BlockKind.PROBLEM, Completion.SUBMIT),
        (BlockKind.DISCUSSION, Completion.NONE),
        (BlockKind.UNSUPPORTED, Completion.NONE),
    ],
)
def test_each_kind_has_its_rule_and_an_author_may_choose_another(kind: BlockKind, rule: Completion) -> None:
    assert completion.rule_of(a_block(kind)) is rule
    assert completion.rule_of(a_block(kind, completion=Completion.MANUAL)) is Completion.MANUAL


def test_a_part_needs_what_it_and_the_parts_around_it_need() -> None:
    first = a_block()
    unit = a_node(NodeKind.UNIT, first)
    second = a_block()
    locked = a_node(NodeKind.UNIT, second, settings=NodeSettings(prerequisites=[unit.id]))
    places = {place.block.id: place for place in completion.walk([unit, locked])}
    within = {node: place.block for node, place in places.items()}

    assert completion.missing_before(places[second.id], frozenset(), within) == [unit.id]
    assert completion.missing_before(places[second.id], frozenset({first.id}), within) == []


def test_a_prerequisite_that_asks_for_nothing_locks_nobody_out() -> None:
    talk = a_node(NodeKind.UNIT, a_block(BlockKind.DISCUSSION))
    locked = a_node(NodeKind.UNIT, a_block(), settings=NodeSettings(prerequisites=[talk.id]))
    places = {place.block.id: place for place in completion.walk([talk, locked])}
    within = {node: place.block for node, place in places.items()}

    assert completion.missing_before(places[locked.id], frozenset(), within) == []
