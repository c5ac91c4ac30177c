"""Answers that are kept for seconds: true until an event says otherwise, and never more than were asked for."""

from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.auth.context import note_caught_up, surrounded
from stoa.kit.clock import ManualClock
from stoa.kit.contract import Event, EventId, OrganizationId
from stoa.kit.engines.ports.kept import KeptAnswers
from stoa.kit.events import Envelope, seal
from stoa.kit.ports import Keeping, Port, PortInvalid, call, calls_of

ORGANIZATION = OrganizationId(UUID(int=1))
KEPT_S = 5.0


class LampLit(Event, frozen=True, kw_only=True):
    type_: ClassVar[str] = "stoa.lamps.lamp-lit.v1"
    key_: ClassVar[str] = "lamp"
    lamp: int


class LampSold(Event, frozen=True, kw_only=True):
    type_: ClassVar[str] = "stoa.lamps.lamp-sold.v1"
    key_: ClassVar[str] = "lamp"
    lamp: int


class LampsPort(Port):
    service_ = "lamps"

    @call(
        idempotent=True,
        keeping=Keeping(
            for_s=KEPT_S,
            until=(LampLit, LampSold),
            subject=lambda asked, found: asked["lamp"] if found else None,
        ),
    )
    async def brightness(self, *, lamp: int) -> int | None:
        """Say how bright a lamp is."""
        raise NotImplementedError


SPEC = calls_of(LampsPort)["brightness"]


def sold(lamp: int) -> Envelope:
    event = LampSold(organization_id=ORGANIZATION, lamp=lamp)
    return seal(event, id_=EventId(UUID(int=2)), service="lamps", at=ManualClock().now())


class Hall:
    """Invalidations that reach whoever stands in the same hall, as long as it is quiet enough."""

    def __init__(self) -> None:
        self.is_on = True
        self.is_late = False
        self.types: set[str] = set()
        self.unheard: list[Envelope] = []

    def listen(self, types: Collection[str], *, heard: Callable[[Envelope], None], missed: Callable[[], None]) -> None:
        self.types, self.heard, self.missed = set(types), heard, missed

    async def start(self) -> None:
        self.is_on = True

    async def stop(self) -> None:
        self.is_on = False

    async def tell(self, changes: Collection[Envelope]) -> None:
        self.unheard += changes

    async def caught_up(self) -> bool:
        if self.is_late:
            return False
        unheard, self.unheard = self.unheard, []
        for change in unheard:
            self.heard(change)
        return True


class Lamps:
    """The service that is asked, and what its askers have kept."""

    def __init__(self, *, most: int = 100) -> None:
        self.clock, self.hall = ManualClock(), Hall()
        self.kept = KeptAnswers(self.clock, self.hall, most=most)
        assert SPEC.keeping is not None
        self.kept.watch(SPEC, SPEC.keeping)
        self.bright: dict[int, int] = {}
        self.asked: list[int] = []
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def look(self, lamp: int) -> int | None:
        async def ask() -> int | None:
            self.asked.append(lamp)
            answer = self.bright.get(lamp)
            if self.meanwhile is not None:
                await self.meanwhile()
            return answer

        arguments = {"lamp": lamp}
        found: int | None = await self.kept.answer(SPEC, arguments, SPEC.encode_arguments(arguments), ask)
        return found

    def light(self, lamp: int, bright: int, event: type[LampLit | LampSold] = LampLit) -> None:
        self.bright[lamp] = bright
        self.kept.forget(event.type_, str(lamp))


@pytest.fixture
def lamps() -> Lamps:
    return Lamps()


async def test_the_same_question_is_asked_once_in_the_time_that_its_port_allows(lamps: Lamps) -> None:
    lamps.bright[1] = 40

    assert [await lamps.look(1), await lamps.look(1)] == [40, 40]
    lamps.clock.advance(timedelta(seconds=KEPT_S))
    lamps.bright[1] = 60

    assert await lamps.look(1) == 60
    assert lamps.asked == [1, 1]


@pytest.mark.parametrize("event", [LampLit, LampSold])
async def test_an_event_makes_forget_what_it_concerns_and_nothing_else(
    lamps: Lamps, event: type[LampLit | LampSold]
) -> None:
    lamps.bright.update({1: 40, 2: 50})
    await lamps.look(1)
    await lamps.look(2)

    lamps.light(1, 60, event)

    assert [await lamps.look(1), await lamps.look(2)] == [60, 50]
    assert lamps.asked == [1, 2, 1]


async def test_an_answer_without_a_subject_is_asked_for_every_time(lamps: Lamps) -> None:
    assert [await lamps.look(1), await lamps.look(1)] == [None, None]
    assert lamps.asked == [1, 1]


async def test_what_changes_while_it_is_asked_for_is_not_kept(lamps: Lamps) -> None:
    async def lit() -> None:
        lamps.light(1, 60)

    lamps.bright[1], lamps.meanwhile = 40, lit
    await lamps.look(1)
    lamps.meanwhile = None

    assert await lamps.look(1) == 60


async def test_what_was_told_before_a_question_is_heard_before_it_is_answered(lamps: Lamps) -> None:
    lamps.kept.listen()
    lamps.bright[1] = 40
    await lamps.look(1)

    lamps.bright[1] = 60
    await lamps.hall.tell([sold(1)])

    assert lamps.hall.types == {LampLit.type_, LampSold.type_}
    assert await lamps.look(1) == 60


async def test_who_cannot_know_in_time_whether_something_was_told_asks(lamps: Lamps) -> None:
    lamps.kept.listen()
    lamps.bright[1] = 40
    await lamps.look(1)

    lamps.hall.is_late, lamps.bright[1] = True, 60
    await lamps.hall.tell([sold(1)])

    assert await lamps.look(1) == 60


async def test_one_request_catches_up_once_until_it_asks_for_something(lamps: Lamps) -> None:
    lamps.kept.listen()
    lamps.bright.update({1: 40, 2: 50})
    await lamps.look(1)
    await lamps.look(2)

    with surrounded(request_id="one"):
        await lamps.look(1)
        lamps.hall.is_late = True
        assert [await lamps.look(1), await lamps.look(2)] == [40, 50]
        assert lamps.asked == [1, 2]
        note_caught_up(is_so=False)
        await lamps.look(1)
    with surrounded(request_id="another"):
        await lamps.look(2)
    assert lamps.asked == [1, 2, 1, 2]
    await lamps.look(1)
    assert lamps.asked == [1, 2, 1, 2, 1]


async def test_who_hears_nobody_keeps_nothing_and_forgets_what_was_kept_before(lamps: Lamps) -> None:
    lamps.kept.listen()
    lamps.bright[1] = 40
    await lamps.look(1)

    lamps.hall.is_on, lamps.bright[1] = False, 60
    assert await lamps.look(1) == 60
    lamps.hall.missed()
    lamps.hall.is_on = True

    assert await lamps.look(1) == 60
    assert await KeptAnswers(lamps.clock, None).answer(SPEC, {"lamp": 1}, b"", lambda: lamps.look(1)) == 60


async def test_a_failure_is_not_kept(lamps: Lamps) -> None:
    async def fail() -> None:
        raise ConnectionError

    lamps.bright[1], lamps.meanwhile = 40, fail
    with pytest.raises(ConnectionError):
        await lamps.look(1)
    lamps.meanwhile = None

    assert await lamps.look(1) == 40


@given(st.lists(st.tuples(st.sampled_from(["look", "light", "wait"]), st.integers(1, 6)), max_size=60))
async def test_whatever_happens_answers_are_true_and_few_are_kept(steps: list[tuple[str, int]]) -> None:
    lamps = Lamps(most=3)
    for number, (step, lamp) in enumerate(steps):
        if step == "light":
            lamps.light(lamp, number + 1)
        elif step == "wait":
            lamps.clock.advance(timedelta(seconds=lamp))
        else:
            assert await lamps.look(lamp) == lamps.bright.get(lamp)
        assert len(lamps.kept._kept) <= 3
        assert {key for keys in lamps.kept._about.values() for key in keys} == set(lamps.kept._kept)


def test_every_process_hears_the_events_by_which_it_forgets(lamps: Lamps) -> None:
    assert {(one.type_, one.broadcast) for one in lamps.kept.consumers()} == {
        (LampLit.type_, True),
        (LampSold.type_, True),
    }
    assert KeptAnswers(ManualClock(), Hall()).consumers() == []
    assert KeptAnswers(ManualClock(), None).consumers() == []


def test_what_is_not_idempotent_cannot_be_kept() -> None:
    with pytest.raises(PortInvalid, match="idempotent"):
        call(keeping=Keeping(for_s=1, until=(), subject=lambda asked, found: 1))
