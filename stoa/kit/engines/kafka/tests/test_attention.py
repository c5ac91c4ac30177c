"""What a reader asks for: what was rung for and has room, everything now and then, and nothing else."""

import pytest
from aiokafka import TopicPartition

from stoa.kit.bus import Ear
from stoa.kit.engines.kafka.attention import LOOK_EVERY_S, LOOK_S, SOON_S, Attention

TYPE = "stoa.lemmas.lemma-proved.v1"


def at(number: int) -> TopicPartition:
    return TopicPartition("stoa.lemmas", number)


ALL = frozenset(map(at, range(4)))
NOTHING: frozenset[TopicPartition] = frozenset()


class Handbell:
    """A bell that the test rings."""

    def __init__(self) -> None:
        self.is_on = True
        self.heard = Ear()

    def ear(self, types: object) -> Ear:
        """Return the one ear."""
        return self.heard

    def ring(self, type_: str, partition: int) -> None:
        """Ring."""
        self.heard.ring(type_, [partition])

    async def start(self) -> None:
        """Begin nothing."""

    async def stop(self) -> None:
        """End nothing."""


class Partitions:
    """A consumer, as far as it can be paused."""

    def __init__(self) -> None:
        self.held: set[TopicPartition] = set()

    def assignment(self) -> set[TopicPartition]:
        """Return all partitions."""
        return set(ALL)

    def paused(self) -> set[TopicPartition]:
        """Return those that are not asked for."""
        return set(self.held)

    def pause(self, *partitions: TopicPartition) -> None:
        """Ask no more."""
        self.held.update(partitions)

    def resume(self, *partitions: TopicPartition) -> None:
        """Ask again."""
        self.held.difference_update(partitions)

    @property
    def asked(self) -> set[TopicPartition]:
        """Return those that are asked for."""
        return ALL - self.held


@pytest.fixture
def bell() -> Handbell:
    return Handbell()


@pytest.fixture
def attention(bell: Handbell) -> Attention:
    return Attention(bell, {TYPE: 0.0})


def resting(attention: Attention, consumer: Partitions, *, now: float) -> None:
    """Let it take its first look, of which nothing comes, and rest."""
    attention.may_rest(now, open_=ALL, come=NOTHING, is_behind=False)
    assert attention.may_rest(now + 2 * LOOK_S, open_=ALL, come=NOTHING, is_behind=False)
    attention.rest(consumer)
    assert not attention.is_over(now + 2 * LOOK_S, open_=ALL, answered=NOTHING)
    assert consumer.asked == set()


def test_only_what_was_rung_for_is_asked_and_when_it_has_come_nothing(bell: Handbell, attention: Attention) -> None:
    consumer = Partitions()
    resting(attention, consumer, now=10.0)

    bell.ring(TYPE, 2)
    assert attention.is_over(10.1, open_=ALL, answered=NOTHING)
    attention.steer(consumer, NOTHING)

    assert consumer.asked == {at(2)}
    assert not attention.may_rest(10.101, open_=ALL, come=NOTHING, is_behind=False)
    assert attention.may_rest(10.102, open_=ALL, come={at(2)}, is_behind=False)


def test_a_partition_that_is_full_of_work_or_another_members_is_not_asked_for_however_often_it_is_rung(
    bell: Handbell, attention: Attention
) -> None:
    consumer = Partitions()
    resting(attention, consumer, now=10.0)

    bell.ring(TYPE, 3)

    assert not attention.is_over(10.1, open_=ALL - {at(3)}, answered={at(3)})


def test_everything_is_looked_at_now_and_then_though_something_is_rung_for_all_the_time(
    bell: Handbell, attention: Attention
) -> None:
    consumer, now, looks = Partitions(), 10.0, 0
    resting(attention, consumer, now=now)
    bell.ring(TYPE, 1)
    attention.is_over(now, open_=ALL, answered=NOTHING)
    for _ in range(1000):
        now += LOOK_EVERY_S / 200
        bell.ring(TYPE, 1)
        attention.may_rest(now, open_=ALL, come=NOTHING, is_behind=False)
        attention.steer(consumer, NOTHING)
        looks += consumer.asked == ALL
        if consumer.asked == ALL and attention.may_rest(now + LOOK_S, open_=ALL, come={at(1)}, is_behind=False):
            attention.rest(consumer)

    assert looks >= 4


def test_what_was_rung_for_and_does_not_come_is_looked_for_soon(bell: Handbell, attention: Attention) -> None:
    consumer = Partitions()
    resting(attention, consumer, now=10.0)
    bell.ring(TYPE, 1)
    attention.is_over(10.1, open_=ALL, answered=NOTHING)

    assert attention.may_rest(10.1 + 2 * LOOK_S, open_=ALL, come=NOTHING, is_behind=False)
    attention.rest(consumer)

    assert attention.rest_s(10.1 + 2 * LOOK_S) <= SOON_S
    assert attention.is_over(10.1 + 2 * LOOK_S + SOON_S, open_=ALL, answered=NOTHING)
    attention.steer(consumer, NOTHING)
    assert consumer.asked == ALL


def test_who_is_behind_does_not_rest_and_without_a_bell_nobody_does(bell: Handbell, attention: Attention) -> None:
    assert not attention.may_rest(99.0, open_=ALL, come={at(0)}, is_behind=True)
    bell.is_on = False

    assert not attention.may_rest(100.0, open_=ALL, come=NOTHING, is_behind=False)
