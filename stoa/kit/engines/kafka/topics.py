"""The topics of the platform: made here, with the partitions that the buckets need, and by nobody's mere question."""

import asyncio
import contextlib
from collections.abc import Iterable
from functools import partial

import aiokafka.client
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError
from aiokafka.protocol.metadata import MetadataRequest

from stoa.kit.engines.kafka.contained import contained
from stoa.kit.errors import EnvironmentProblem

# The library asks about a topic in words that let a broker make it, with a number of partitions of the broker's own:
# whoever asked first after a broker had begun anew decided whether half of the buckets had a place to go.
aiokafka.client.MetadataRequest = partial(MetadataRequest, allow_auto_topic_creation=False)


PREFIX = "stoa."
TROUBLE = (KafkaError, OSError, TimeoutError)


def topic_of(service: str) -> str:
    """Name the topic that a service's events travel on."""
    return f"{PREFIX}{service}"


class TopicTooSmall(EnvironmentProblem):
    """A topic was there before us, and has fewer partitions than the buckets of events need."""

    code, title = "stoa.topic_too_small", "A topic of the event broker has too few partitions"


class Topics:
    """Makes the topics that are missing, and knows which need not be asked for again."""

    def __init__(self, bootstrap: str, *, partitions: int, replicas: int) -> None:
        self._bootstrap = bootstrap
        self._partitions = partitions
        self._replicas = replicas
        self._admin: AIOKafkaAdminClient | None = None
        self._ensured: set[str] = set()
        self._turn = asyncio.Lock()

    def forget(self) -> None:
        """Ask for every topic again: the broker may have begun anew."""
        self._ensured.clear()

    async def ensure(self, topics: set[str], *, again: bool = False) -> None:
        """Make the topics that the broker lacks; KafkaError, OSError or TimeoutError when it does not answer."""
        missing = sorted(topics if again else topics - self._ensured)
        if not missing:
            return
        async with self._turn:
            try:
                await contained(self._make(missing), within_s=5)
            except (*TROUBLE, TopicTooSmall):
                await self.close()
                raise
        self._ensured.update(missing)

    async def _make(self, missing: list[str]) -> None:
        if self._admin is None:
            self._admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap, request_timeout_ms=5000)
            await self._admin.start()
        known = set(await self._admin.list_topics())
        wanted = [
            NewTopic(topic, num_partitions=self._partitions, replication_factor=self._replicas)
            for topic in missing
            if topic not in known
        ]
        if wanted:
            with contextlib.suppress(TopicAlreadyExistsError):
                await self._admin.create_topics(wanted)
        if small := await _small(self._admin, known.intersection(missing), least=self._partitions):
            raise TopicTooSmall(
                "; ".join(
                    f"The topic {topic} has {has} of {self._partitions} partitions" for topic, has in small.items()
                ),
                hint=advice_on(small, self._bootstrap, least=self._partitions),
            )

    async def close(self) -> None:
        """Disconnect."""
        admin, self._admin = self._admin, None
        if admin is not None:
            with contextlib.suppress(*TROUBLE):
                await contained(admin.close(), within_s=2)


async def small_topics(bootstrap: str, *, least: int, within_s: float = 5.0) -> dict[str, int]:
    """Return Stoa's topics that have fewer partitions than they need, with how many they have; changes nothing.

    KafkaError, OSError or TimeoutError where the broker does not answer.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(within_s * 1000))
    try:
        await contained(admin.start(), within_s=within_s)
        topics = await contained(admin.list_topics(), within_s=within_s)
        ours = {topic for topic in topics if topic.startswith(PREFIX)}
        return await contained(_small(admin, ours, least=least), within_s=within_s)
    finally:
        with contextlib.suppress(*TROUBLE):
            await contained(admin.close(), within_s=2)


def advice_on(small: Iterable[str], bootstrap: str, *, least: int) -> str:
    """Say what to do about topics that are too small: no event was sent to what they lack, so growing loses nothing."""
    server = bootstrap.split(",", maxsplit=1)[0]
    return "Give it more: " + "; ".join(
        f"kafka-topics.sh --bootstrap-server {server} --alter --topic {topic} --partitions {least}" for topic in small
    )


async def _small(admin: AIOKafkaAdminClient, topics: Iterable[str], *, least: int) -> dict[str, int]:
    names = sorted(topics)
    described = await admin.describe_topics(names) if names else []
    has = {one["topic"]: len(one["partitions"]) for one in described if not one["error_code"]}
    return {topic: count for topic, count in has.items() if count < least}
