"""The bus over Kafka: one topic a publishing service, one partition for each few buckets, so order per key holds."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from stoa.kit.bus import Parcel
from stoa.kit.engines.kafka.lifeline import Lifeline
from stoa.kit.engines.kafka.reader import GENERATION, TYPE, Reader
from stoa.kit.errors import Unavailable
from stoa.kit.events import service_of
from stoa.kit.inbox import Consumer, Dispatcher, Retry
from stoa.kit.telemetry.logs import logger
from stoa.kit.telemetry.telemetry import Telemetry

PARTITIONS = 8
READY_S = 5.0
# Tansu looks for new records only once a wait: 100 ms of it made a median latency of 25 ms, 20 ms one of 6 ms.
FETCH_WAIT_MS = 20

log = logger("kit")


class BrokerUnavailable(Unavailable):
    """The event broker does not answer; what was committed waits in the outbox."""

    code, title = "stoa.broker_unavailable", "The event broker is not available for the moment"


def topic_of(service: str) -> str:
    """Name the topic that a service's events travel on."""
    return f"stoa.{service}"


class KafkaBus:
    """Produces for this process's relay and reads for its consumers, one group a consuming service."""

    def __init__(
        self,
        bootstrap: str,
        consumers: Iterable[Consumer],
        *,
        publishes: Sequence[str] = (),
        partitions: int = PARTITIONS,
        replicas: int = 1,
        retry: Retry | None = None,
        telemetry: Telemetry | None = None,
        width: int = 8,
        fetch_wait_ms: int = FETCH_WAIT_MS,
    ) -> None:
        self._bootstrap = bootstrap
        self._publishes = list(publishes)
        self._partitions = partitions
        self._replicas = replicas
        self._producer: AIOKafkaProducer
        self._admin: AIOKafkaAdminClient | None = None
        self._probe: AIOKafkaConsumer | None = None
        self._ensured: set[str] = set()
        self._dispatchers: list[Dispatcher] = []
        self._readers: list[Reader] = []
        self._lifeline = Lifeline(bootstrap)
        self._falling: asyncio.Task[None] | None = None
        self._topics: set[str] = {topic_of(service) for service in publishes}
        for group, own in _groups(consumers).items():
            topics = sorted({topic_of(service_of(consumer.type_)) for consumer in own})
            dispatcher = Dispatcher(own, width=width, retry=retry, telemetry=telemetry)
            self._topics.update(topics)
            self._dispatchers.append(dispatcher)
            reader = Reader(
                bootstrap, dispatcher, topics, group=group, fetch_wait_ms=fetch_wait_ms, lifeline=self._lifeline
            )
            self._readers.append(reader)

    async def start(self) -> None:
        """Connect, make the topics and begin to read."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            linger_ms=0,
            max_batch_size=262_144,
            request_timeout_ms=5000,
            retry_backoff_ms=100,
            metadata_max_age_ms=5000,
            enable_idempotence=False,
        )
        await self._lifeline.start()
        self._falling = asyncio.create_task(self._forget_topics(), name="kafka-topics")
        try:
            await self._producer.start()
            await self._ensure(self._topics)
        except (KafkaError, OSError) as error:
            await self._let_go()
            with contextlib.suppress(KafkaError, OSError):
                await self._producer.stop()
            raise BrokerUnavailable(f"{self._bootstrap}: {error}", retry_after_s=1) from error
        for dispatcher in self._dispatchers:
            await dispatcher.start()
        for reader in self._readers:
            await reader.start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_S):
                await asyncio.gather(*(reader.ready.wait() for reader in self._readers))

    async def stop(self) -> None:
        """Finish what is being handled, commit and disconnect."""
        for reader in self._readers:
            await reader.stop()
        for dispatcher in self._dispatchers:
            await dispatcher.stop()
        with contextlib.suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(5):
                await self._producer.stop()
        await self._drop_probe()
        await self._drop_admin()
        await self._let_go()

    async def _let_go(self) -> None:
        await self._lifeline.stop()
        if self._falling is not None:
            self._falling.cancel()
            await asyncio.gather(self._falling, return_exceptions=True)

    async def _forget_topics(self) -> None:
        # Tansu takes and acknowledges what is sent to a topic that nobody has made, and drops it when somebody does.
        while True:
            await self._lifeline.fall.wait()
            self._ensured.clear()

    async def send(self, parcels: Sequence[Parcel]) -> "list[asyncio.Future[int]]":
        """Produce in order; each future gives the offset at which the broker has it."""
        futures: list[asyncio.Future[int]] = []
        try:
            await self._ensure({topic_of(parcel.service) for parcel in parcels})
            for parcel in parcels:
                futures.append(await self._produce(parcel))
        except (KafkaError, OSError, AssertionError) as error:
            # Whatever waits behind the failure waits with it: sent on its own it would overtake.
            self._ensured.clear()
            futures += [_failed(error) for _ in parcels[len(futures) :]]
        return futures

    async def forgotten(self, service: str, acknowledged: Mapping[int, int]) -> set[int]:
        """Compare the ends of a service's partitions with what was acknowledged."""
        topic = topic_of(service)
        try:
            async with asyncio.timeout(5):
                await self._ensure({topic}, again=True)
                ends = await self._ends(topic, acknowledged)
        except (KafkaError, OSError, TimeoutError) as error:
            await self._drop_probe()
            raise BrokerUnavailable(f"{self._bootstrap}: {error!r}", retry_after_s=1) from error
        return {bucket for bucket, offset in acknowledged.items() if ends.get(bucket % self._partitions, 0) <= offset}

    async def _produce(self, parcel: Parcel) -> "asyncio.Future[int]":
        pending = await self._producer.send(
            topic_of(parcel.service),
            parcel.wire.encode(),
            key=parcel.key.encode(),
            partition=parcel.bucket % self._partitions,
            headers=[
                ("content-type", b"application/cloudevents+json"),
                (TYPE, parcel.type_.encode()),
                (GENERATION, str(parcel.generation).encode()),
            ],
        )
        sent: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def acknowledged(ended: "asyncio.Future[object]") -> None:
            if ended.cancelled():
                sent.cancel()
            elif error := ended.exception():
                self._ensured.clear()
                sent.set_exception(error)
            else:
                sent.set_result(getattr(ended.result(), "offset", -1))

        pending.add_done_callback(acknowledged)
        return sent

    async def _ends(self, topic: str, acknowledged: Mapping[int, int]) -> dict[int, int]:
        if self._probe is None:
            probe = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap, request_timeout_ms=5000, fetch_max_wait_ms=FETCH_WAIT_MS
            )
            await probe.start()
            self._probe = probe
        last: dict[TopicPartition, int] = {}
        for bucket, offset in acknowledged.items():
            partition = TopicPartition(topic, bucket % self._partitions)
            last[partition] = max(last.get(partition, -1), offset)
        ends = await _fetched_ends(self._probe, last)
        return {partition.partition: end for partition, end in ends.items()}

    async def _ensure(self, topics: set[str], *, again: bool = False) -> None:
        missing = sorted(topics if again else topics - self._ensured)
        if not missing:
            return
        if self._admin is None:
            admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap, request_timeout_ms=5000)
            await admin.start()
            self._admin = admin
        try:
            known = set(await self._admin.list_topics())
            wanted = [
                NewTopic(topic, num_partitions=self._partitions, replication_factor=self._replicas)
                for topic in missing
                if topic not in known
            ]
            if wanted:
                with contextlib.suppress(TopicAlreadyExistsError):
                    await self._admin.create_topics(wanted)
        except (KafkaError, OSError):
            await self._drop_admin()
            raise
        self._ensured.update(missing)

    async def _drop_probe(self) -> None:
        probe, self._probe = self._probe, None
        if probe is not None:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(2):
                    await probe.stop()

    async def _drop_admin(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(2):
                    await admin.close()


def _failed(error: BaseException) -> "asyncio.Future[int]":
    failed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    failed.set_exception(BrokerUnavailable(repr(error)))
    return failed


def _groups(consumers: Iterable[Consumer]) -> dict[str | None, list[Consumer]]:
    groups: dict[str | None, list[Consumer]] = {}
    for consumer in consumers:
        group = None if consumer.broadcast else f"stoa.{consumer.group.split('.', 1)[0]}"
        groups.setdefault(group, []).append(consumer)
    return groups


async def _fetched_ends(probe: AIOKafkaConsumer, last: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
    """Read the ends out of fetches, which is what consumers go by.

    Tansu's list of offsets stops at the first record of the last batch, and it lists records of which no fetch tells:
    those that it took for a topic before somebody made that topic, when a broker has begun anew.
    """
    probe.assign(list(last))
    for partition, offset in last.items():
        probe.seek(partition, offset)
    ends: dict[TopicPartition, int] = {}
    while len(ends) < len(last):
        await probe.getmany(timeout_ms=50, max_records=1)
        ends = {partition: end for partition in last if (end := probe.highwater(partition)) is not None}
    return ends
