"""Words made comparable, and what of a course a stranger sees."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.contract import new_id
from stoa.services.catalog import domain
from stoa.services.catalog.tests.building import SNAPSHOT, a_block, a_course, a_node, an_organization
from stoa.services.courses.contract import BlockKind, NodeId, NodeKind, Outline, OutlineNode

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Élan Vital", "elan vital"), ("STRASSE", "straße"), ("Łódź", "lodz"), ("مدرسة", "مدرسه"), ("إسلام", "اسلام")],
)
def test_spellings_that_a_searcher_does_not_tell_apart_are_one(one: str, other: str) -> None:
    assert domain.fold(one) == domain.fold(other)


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = domain.fold(text)

    assert domain.fold(once) == once


@given(st.text(max_size=60))
def test_the_pieces_of_a_text_are_short_and_sorted(text: str) -> None:
    found = domain.grams(text)

    assert found == sorted(set(found))
    assert all(1 <= len(piece) <= 3 for piece in found)


def test_a_script_without_spaces_is_cut_into_pairs() -> None:
    assert domain.grams("機械学習") == sorted(["機械", "械学", "学習"])


def test_a_code_in_the_title_is_a_code() -> None:
    assert domain.codes(slug="intro", title="CS50: Computers 101") == ["101", "cs50", "intro"]


def a_tree(*sections: OutlineNode) -> Outline:
    return Outline(course=a_course(an_organization(), "C"), snapshot=SNAPSHOT, sections=list(sections), pages=[])


def a_section(*units: OutlineNode, **settings: object) -> OutlineNode:
    return a_node(NodeKind.SECTION, a_node(NodeKind.SUBSECTION, *units), **settings)


def a_unit(**settings: object) -> OutlineNode:
    return a_node(NodeKind.UNIT, a_block(BlockKind.VIDEO), a_block(BlockKind.PROBLEM), **settings)


def test_without_a_mark_the_first_open_unit_is_for_trying() -> None:
    hidden, first, second = a_unit(hidden=True), a_unit(), a_unit()

    found = domain.units_to_try(a_tree(a_section(hidden, first, second)), now=NOW)

    assert found == {first.id}


def test_marked_units_are_for_trying_also_by_a_mark_above() -> None:
    first, marked, below = a_unit(), a_unit(try_out=True), a_unit()

    found = domain.units_to_try(a_tree(a_section(first, marked), a_section(below, try_out=True)), now=NOW)

    assert found == {marked.id, below.id}


def test_what_is_not_open_yet_is_not_for_trying() -> None:
    later = a_unit(try_out=True, release_at=NOW + timedelta(days=1))
    locked = a_unit(try_out=True, prerequisites=[NodeId(new_id())])
    in_secret = a_section(a_unit(try_out=True), hidden=True)

    found = domain.units_to_try(a_tree(in_secret, a_section(later, locked)), now=NOW)

    assert found == set()


def test_a_preview_shows_titles_and_counts_and_nothing_hidden() -> None:
    outline = a_tree(a_section(a_unit(), a_unit(hidden=True)), a_section(a_unit(), hidden=True))

    found = domain.preview(outline, now=NOW)

    units = found[0].subsections[0].units
    assert (len(found), len(units)) == (1, 1)
    assert (units[0].films, units[0].problems, units[0].can_try) == (1, 1, True)


def test_an_outline_without_units_offers_nothing() -> None:
    assert domain.units_to_try(a_tree(), now=NOW) == frozenset()
