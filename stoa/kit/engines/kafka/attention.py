"""Which partitions a reader asks the broker for: all of them, or, with a bell, those for which somebody rang."""

from collections.abc import Mapping, Set
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from stoa.kit.bus import Bell, Ear
from stoa.kit.engines.kafka.topics import topic_of
from stoa.kit.events import service_of

# A ring may be lost: now and then a reader takes a look by itself, within the 5 s that a changed role has.
LOOK_EVERY_S: Final = 3.0
# So long it asks for what was rung for, or for everything when it looks: two waits of the broker and a little.
LOOK_S: Final = 0.025
# What was rung for and did not come in that time has come before, mostly; else a look after this finds it.
SOON_S: Final = 0.25


class Attention:
    """With a bell that is on nobody asks while nothing has come; without one everything is asked for all the time."""

    def __init__(self, bell: Bell | None, patience: Mapping[str, float]) -> None:
        self._bell = bell
        self._ear = Ear() if bell is None else bell.ear(patience)
        # None stands for all partitions.
        self._asked: set[TopicPartition] | None = None
        self._due: set[TopicPartition] = set()
        self._awake_until = 0.0
        self._look_at = 0.0

    @property
    def is_called(self) -> bool:
        """Whether a bell rings, or rang, for what this reader listens to."""
        return self._bell is not None and self._bell.is_on

    def wake(self) -> None:
        """End a rest, or be awake as soon as reading begins, and ask for everything."""
        self._asked = None
        self._ear.ring_for_all()

    def patience_ms(self, now: float, *, otherwise: int) -> int:
        """Return how long to wait for what was asked for."""
        return max(2, int((self._awake_until - now) * 1000)) if self.is_called else otherwise

    def steer(self, consumer: AIOKafkaConsumer, full: Set[TopicPartition]) -> None:
        """Pause what is not asked for, and what has too much on its way."""
        still = full if self._asked is None else full | (consumer.assignment() - self._asked)
        paused = consumer.paused()
        if still - paused:
            consumer.pause(*(still - paused))
        if paused - still:
            consumer.resume(*(paused - still))

    def may_rest(self, now: float, *, open_: Set[TopicPartition], come: Set[TopicPartition], is_behind: bool) -> bool:
        """Say whether nothing is to be asked until the next ring: what was rung for came, or does not.

        Of the partitions that are open, so assigned and not full of work, each may be asked for.
        """
        if not self.is_called:
            self._asked = None
            return False
        self._due &= open_ - come
        if now >= self._look_at:
            self._look(now)
        elif self._ear.is_rung:
            self._turn_to(self._rung(), open_, now)
        if is_behind:
            return False
        if now < self._awake_until:
            return self._asked is not None and not self._due
        if self._due:
            self._look_at = min(self._look_at, now + SOON_S)
        return True

    def rest(self, consumer: AIOKafkaConsumer) -> Ear:
        """Ask for nothing; return what hears the next ring."""
        self._asked = set()
        self._due.clear()
        self.steer(consumer, set())
        return self._ear

    def rest_s(self, now: float) -> float:
        """Return how long a rest without any ring may last."""
        return max(0.0, self._look_at - now)

    def is_over(self, now: float, *, open_: Set[TopicPartition], answered: Set[TopicPartition]) -> bool:
        """Say whether the rest is over, and turn to what was rung for or was answered meanwhile."""
        if now >= self._look_at or not self.is_called:
            self._look(now)
            return True
        rung = self._rung() if self._ear.is_rung else set()
        answered = answered & open_
        if answered:
            # What is taken now may have been asked for before the ring.
            self._look_at = min(self._look_at, now + SOON_S)
        return self._turn_to(None if rung is None else rung | answered, open_, now)

    def _rung(self) -> set[TopicPartition] | None:
        rung = self._ear.take()
        if rung is None:
            return None
        return {TopicPartition(topic_of(service_of(type_)), partition) for type_, partition in rung}

    def _look(self, now: float) -> None:
        self._ear.take()
        self._look_at = now + LOOK_EVERY_S
        self._asked = None
        self._awake_until = now + LOOK_S

    def _turn_to(self, partitions: set[TopicPartition] | None, open_: Set[TopicPartition], now: float) -> bool:
        if partitions is None:
            self._asked = None
        else:
            # Others of the group are rung for as well; what is full is asked for when there is room.
            partitions &= open_
            if not partitions:
                return False
            self._due |= partitions
            if self._asked is not None:
                self._asked |= partitions
        self._awake_until = now + LOOK_S
        return True
