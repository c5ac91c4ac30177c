"""A published event may gain optional fields and nothing else."""

from typing import Any, ClassVar
from uuid import UUID

import msgspec
import pytest

from stoa.cli.reference.schemas import asyncapi_of, breaches, schema_of, written
from stoa.kit.contract import Event, Struct


class Place(Struct, frozen=True, kw_only=True):
    """A row and a seat."""

    row: int
    number: int


class SeatTaken(Event, frozen=True, kw_only=True):
    """Somebody took a seat."""

    type_: ClassVar[str] = "stoa.theatre.seat-taken.v1"
    key_: ClassVar[str] = "visitor_id"

    visitor_id: UUID
    places: list[Place]
    paid: bool = False


OLD = schema_of(SeatTaken)


def grown(*, place: dict[str, Any] | None = None, **fields: tuple[Any, ...]) -> dict[str, Any]:
    """Make the schema of a SeatTaken with other fields."""
    inner: Any = msgspec.defstruct("Place", [("row", int), ("number", int)] if place is None else list(place.items()))
    base: dict[str, tuple[Any, ...]] = {"visitor_id": (UUID,), "places": (list[inner],), "paid": (bool, False)}
    members = [(name, *rest) for name, rest in {**base, **fields}.items() if rest]
    made = msgspec.defstruct("SeatTaken", members, bases=(Event,), frozen=True, kw_only=True)
    made.type_, made.key_ = SeatTaken.type_, SeatTaken.key_
    return schema_of(made)


def test_the_same_fields_and_an_optional_one_more_are_fine() -> None:
    assert breaches(OLD, grown()) == []
    assert breaches(OLD, grown(note=(str, ""))) == []


@pytest.mark.parametrize(
    ("new", "word"),
    [
        (grown(paid=()), "paid: is gone"),
        (grown(note=(str,)), "note: is required now"),
        (grown(paid=(int, 0)), "paid: its type"),
        (grown(visitor_id=(str,)), "visitor_id: its format"),
        (grown(places=(str,)), "places: its type"),
        (grown(place={"row": int, "number": str}), "number: its type"),
        (grown(place={"row": int}), "number: is gone"),
        ({**grown(), "x-ordered-by": "paid"}, "ordered by"),
    ],
)
def test_anything_else_is_a_breach(new: dict[str, Any], word: str) -> None:
    assert any(word in breach for breach in breaches(OLD, new))


def test_a_schema_is_written_the_same_each_time_and_says_its_type() -> None:
    assert written(OLD) == written(schema_of(SeatTaken))
    assert OLD["$id"] == "urn:stoa:theatre:seat-taken:v1"
    assert set(OLD["properties"]) == {"organization_id", "visitor_id", "places", "paid"}


def test_the_asyncapi_document_of_nothing_is_still_a_document() -> None:
    assert asyncapi_of([])["asyncapi"] == "3.0.0"
