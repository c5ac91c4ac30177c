"""The topics of the platform: made here, with the partitions that the buckets need, and by nobody's mere question."""

import asyncio
import contextlib
from functools import partial

import aiokafka.client
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError
from aiokafka.protocol.metadata import MetadataRequest

from stoa.kit.engines.kafka.contained import contained

# The library asks about a topic in words that let a broker make it, with a number of partitions of the broker's own:
# whoever asked first after a broker had begun anew decided whether half of the buckets had a place to go.
aiokafka.client.MetadataRequest = partial(MetadataRequest, allow_auto_topic_creation=False)


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
            except (KafkaError, OSError, TimeoutError):
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

    async def close(self) -> None:
        """Disconnect."""
        admin, self._admin = self._admin, None
        if admin is not None:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                await contained(admin.close(), within_s=2)
