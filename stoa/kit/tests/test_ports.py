"""Ports: their declarations are checked at import, and what crosses a border comes out as it went in."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.contract import OrganizationId, Page, Struct, UserId
from stoa.kit.engines.ports.local import local
from stoa.kit.engines.watch import LocalWatch
from stoa.kit.errors import Conflict, Forbidden, NotFound, Unavailable
from stoa.kit.ports import Port, PortInvalid, call, calls_of, encode, port_of
from stoa.kit.portwords import decode_error, encode_error
from stoa.kit.telemetry.telemetry import Telemetry
from stoa.kit.testing.ports import PortBroken, checked


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Circle(Struct, frozen=True, kw_only=True, tag="circle"):
    radius: float


class Square(Struct, frozen=True, kw_only=True, tag="square"):
    side: int


class Everything(Struct, frozen=True, kw_only=True):
    organization: OrganizationId
    text: str
    count: int
    share: float
    yes: bool
    raw: bytes
    at: datetime
    day: date
    span: timedelta
    price: Decimal
    colour: Colour
    level: Literal["low", "high"]
    maybe: UUID | None
    shape: Circle | Square
    many: list[Circle]
    pair: tuple[int, str]
    tags: frozenset[str]
    by_user: dict[UserId, int]
    page: Page[Square]


class Full(Conflict):
    code, status, title = "shapes.full", 409, "There is no room"


class ShapesPort(Port):
    service_ = "shapes"

    @call(idempotent=True)
    async def echo(self, *, everything: Everything, extra: int = 7) -> tuple[Everything, int]:
        """Return what was given."""
        raise NotImplementedError

    @call()
    async def add(self, *, side: int) -> int:
        """Add a square and return how many there are."""
        raise NotImplementedError

    @call(idempotent=True)
    async def count(self) -> int:
        """Return a number."""
        raise NotImplementedError


class Shapes(ShapesPort):
    def __init__(self) -> None:
        self.sides: list[int] = []
        self.asked = 0

    async def echo(self, *, everything: Everything, extra: int = 7) -> tuple[Everything, int]:
        return everything, extra

    async def add(self, *, side: int) -> int:
        if side > 9:
            raise Full(
                f"{side} is too much", hint="take less", retry_after_s=2.5, fields={"room": 9, "colours": ["red"]}
            )
        self.sides.append(side)
        return len(self.sides)

    async def count(self) -> int:
        self.asked += 1
        return len(self.sides)


moments = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 # hypothesis adds the zone
    max_value=datetime(9000, 1, 1),  # noqa: DTZ001 # hypothesis adds the zone
    timezones=st.just(UTC),
)
spans = st.timedeltas(min_value=timedelta(days=-10_000), max_value=timedelta(days=10_000))
integers = st.integers(min_value=-(2**63), max_value=2**64 - 1)
finite = st.floats(allow_nan=False)
circles = st.builds(Circle, radius=finite)
squares = st.builds(Square, side=integers)
everythings = st.builds(
    Everything,
    organization=st.uuids(),
    text=st.text(),
    count=integers,
    share=finite,
    yes=st.booleans(),
    raw=st.binary(),
    at=moments,
    day=st.dates(),
    span=spans,
    price=st.decimals(allow_nan=False, allow_infinity=False),
    colour=st.sampled_from(Colour),
    level=st.sampled_from(["low", "high"]),
    maybe=st.none() | st.uuids(),
    shape=circles | squares,
    many=st.lists(circles),
    pair=st.tuples(integers, st.text()),
    tags=st.frozensets(st.text()),
    by_user=st.dictionaries(st.uuids(), integers),
    page=st.builds(Page[Square], items=st.lists(squares), next=st.none() | st.text()),
)


@given(everythings)
def test_every_kind_of_value_crosses_as_itself(everything: Everything) -> None:
    spec = calls_of(ShapesPort)["echo"]

    arguments = spec.decode_arguments(spec.encode_arguments({"everything": everything}))
    answer = spec.decode_answer(encode((everything, 7)))

    assert arguments == {"everything": everything, "extra": 7}
    assert answer == (everything, 7)


@given(st.text(), st.text(), st.none() | st.floats(0, 1e6), st.dictionaries(st.text(), st.integers(0, 9) | st.text()))
def test_an_error_crosses_as_its_class_with_all_it_says(
    detail: str, hint: str, retry: float | None, fields: dict[str, Any]
) -> None:
    error = Full(detail, hint=hint, retry_after_s=retry, fields=fields)

    back = decode_error(encode_error(error))

    assert type(back) is Full
    assert (back.detail, back.hint, back.retry_after_s, back.fields) == (error.detail, hint, retry, fields)


def test_an_error_nobody_here_knows_becomes_unavailable() -> None:
    error = Full("no room")
    wire = encode_error(error).replace(b"shapes.full", b"shapes.void")

    back = decode_error(wire)

    assert type(back) is Unavailable
    assert back.fields["unknown_code"] == "shapes.void"
    assert type(decode_error(b"<html>")) is Unavailable


def test_errors_of_one_tree_keep_their_own_codes() -> None:
    assert [type(decode_error(encode_error(made()))) for made in (NotFound, Forbidden)] == [NotFound, Forbidden]


async def test_the_local_way_hands_over_the_very_object() -> None:
    shapes = Shapes()
    port = local(ShapesPort, shapes, watch=LocalWatch(Telemetry()))

    assert await port.add(side=3) == 1
    assert isinstance(port, ShapesPort)
    assert port_of(type(port)) is ShapesPort
    with pytest.raises(Full):
        await port.add(side=10)


async def test_the_checked_way_asks_twice_only_where_that_is_allowed() -> None:
    shapes = Shapes()
    port = checked(ShapesPort, shapes)

    await port.add(side=3)
    await port.count()

    assert shapes.sides == [3]
    assert shapes.asked == 2


async def test_the_checked_way_raises_the_same_error_again() -> None:
    port = checked(ShapesPort, Shapes())

    with pytest.raises(Full) as caught:
        await port.add(side=10)

    assert caught.value.fields == {"room": 9, "colours": ["red"]}
    assert caught.value.retry_after_s == 2.5


async def test_the_checked_way_finds_a_false_idempotent_call() -> None:
    class Liar(Shapes):
        async def count(self) -> int:
            self.asked += 1
            return self.asked

    with pytest.raises(PortBroken, match="declared idempotent, but answered 1 and then 2"):
        await checked(ShapesPort, Liar()).count()


async def test_the_checked_way_finds_an_answer_of_the_wrong_type() -> None:
    class Wrong(Shapes):
        async def count(self) -> int:
            return "many"  # type: ignore[return-value] # the very mistake under test

    with pytest.raises(PortBroken, match="answered what its signature does not allow"):
        await checked(ShapesPort, Wrong()).count()


async def test_the_checked_way_finds_arguments_of_the_wrong_type() -> None:
    with pytest.raises(PortBroken, match="arguments that cannot cross"):
        await checked(ShapesPort, Shapes()).add(side="big")  # type: ignore[arg-type] # the very mistake under test
    with pytest.raises(TypeError):
        await checked(ShapesPort, Shapes()).add()  # type: ignore[call-arg] # the very mistake under test


def test_a_call_that_could_not_cross_does_not_import() -> None:
    async def positional(self: Port, side: int) -> int: ...  # type: ignore[empty-body] # declared only
    async def bare(self: Port, *, side) -> int: ...  # type: ignore # declared only
    async def silent(self: Port, *, side: int): ...  # type: ignore # declared only
    async def open_ended(self: Port, *, side: dict[str, Any]) -> int: ...  # type: ignore[empty-body] # declared only
    async def stream(self: Port, *, side: AsyncIterator[bytes]) -> int: ...  # type: ignore[empty-body] # declared only
    def blocking(self: Port, *, side: int) -> int: ...  # type: ignore[empty-body] # declared only

    for method, sentence in (
        (positional, "by keyword only"),
        (bare, "must annotate side"),
        (silent, "must annotate its answer"),
        (open_ended, "cannot cross a border as itself"),
        (stream, "cannot cross a border"),
        (blocking, "must be async"),
    ):
        with pytest.raises(PortInvalid, match=sentence):
            type("BadPort", (Port,), {"service_": "bad", "bad": call()(method)})


def test_an_unmarked_call_does_not_import() -> None:
    with pytest.raises(PortInvalid, match="must be marked with @call"):

        class Forgetful(Port):
            service_ = "forgetful"

            async def number(self) -> int:
                return 1
