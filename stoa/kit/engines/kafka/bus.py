"""The bus over Kafka: one topic a publishing service, one partition for each few buckets, so order per key holds."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from stoa.kit.bus import NO_OFFSET, Bell, Parcel
from stoa.kit.engines.kafka.attention import Attention
from stoa.kit.engines.kafka.contained import contained
from stoa.kit.engines.kafka.lifeline import Lifeline
from stoa.kit.engines.kafka.reader import GENERATION, METADATA_MS, TYPE, Reader
from stoa.kit.engines.kafka.topics import Topics, TopicTooSmall, topic_of
from stoa.kit.errors import Unavailable
from stoa.kit.events import bucket_of, service_of
from stoa.kit.inbox import WIDTH, Consumer, Dispatcher, Retry
from stoa.kit.telemetry.logs import logger
from stoa.kit.telemetry.telemetry import Telemetry

PARTITIONS = 8
READY_S = 5.0
# Tansu looks for new records only once a wait: 100 ms of it made a median latency of 25 ms, 20 ms one of 6 ms.
FETCH_WAIT_MS = 20
# Who asks only after a ring asks seldom, and may ask with less patience.
RUNG_WAIT_MS = 10

log = logger("kit")


class BrokerUnavailable(Unavailable):
    """The event broker does not answer; what was committed waits in the outbox."""

    code, title = "stoa.broker_unavailable", "The event broker is not available for the moment"


_UNSURE = BrokerUnavailable("whether the broker has what it had of this bucket is looked into")


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
        width: int = WIDTH,
        fetch_wait_ms: int | None = None,
        bell: Bell | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._partitions = partitions
        self._producer: AIOKafkaProducer
        self._probe: AIOKafkaConsumer | None = None
        # Of which buckets it is known that the broker still has what it acknowledged: nothing new may hide a loss.
        self._sure: dict[str, set[int]] = {service: set() for service in publishes}
        self._last: dict[tuple[str, int], tuple[int, str]] = {}
        self._dispatchers: list[Dispatcher] = []
        self._readers: list[Reader] = []
        self._lifeline = Lifeline(bootstrap)
        self._falling: asyncio.Task[None] | None = None
        self._topics = Topics(bootstrap, partitions=partitions, replicas=replicas)
        self._bell = bell
        self._names = {topic_of(service) for service in publishes}
        for group, own in _groups(consumers).items():
            patience = _patience(own)
            topics = sorted({topic_of(service_of(type_)) for type_ in patience})
            dispatcher = Dispatcher(own, width=width, retry=retry, telemetry=telemetry)
            self._names.update(topics)
            self._dispatchers.append(dispatcher)
            reader = Reader(
                bootstrap,
                dispatcher,
                topics,
                group=group,
                fetch_wait_ms=fetch_wait_ms or (FETCH_WAIT_MS if bell is None else RUNG_WAIT_MS),
                lifeline=self._lifeline,
                made=self._topics,
                attention=Attention(bell, patience),
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
            metadata_max_age_ms=METADATA_MS,
            enable_idempotence=False,
        )
        if self._bell is not None:
            await self._bell.start()
        await self._lifeline.start()
        self._falling = asyncio.create_task(self._doubt(), name="kafka-doubt")
        try:
            await self._producer.start()
            await self._topics.ensure(self._names)
        except (KafkaError, OSError, TimeoutError, TopicTooSmall) as error:
            await self._let_go()
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                await contained(self._producer.stop(), within_s=5)
            if isinstance(error, TopicTooSmall):
                raise
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
            await contained(self._producer.stop(), within_s=5)
        await self._drop_probe()
        await self._topics.close()
        await self._let_go()

    async def _let_go(self) -> None:
        if self._bell is not None:
            await self._bell.stop()
        await self._lifeline.stop()
        if self._falling is not None:
            self._falling.cancel()
            await asyncio.gather(self._falling, return_exceptions=True)

    async def _doubt(self) -> None:
        while True:
            await self._lifeline.fall.wait()
            self._topics.forget()
            for sure in self._sure.values():
                sure.clear()

    async def send(self, parcels: Sequence[Parcel]) -> "list[asyncio.Future[int]]":
        """Produce in order; each future gives the offset at which the broker has it."""
        futures: list[asyncio.Future[int]] = []
        try:
            await self._topics.ensure({topic_of(parcel.service) for parcel in parcels})
            for parcel in parcels:
                is_sure = parcel.bucket in self._sure[parcel.service]
                futures.append(await self._produce(parcel) if is_sure else _failed(_UNSURE))
        except (KafkaError, OSError, TimeoutError, AssertionError) as error:
            # Whatever waits behind the failure waits with it: sent on its own it would overtake.
            self._topics.forget()
            futures += [_failed(error) for _ in parcels[len(futures) :]]
        return futures

    async def forgotten(self, service: str, acknowledged: Mapping[int, int]) -> set[int]:
        """Compare the ends of a service's partitions with what was acknowledged; in doubt, look at the records."""
        topic, fall = topic_of(service), self._lifeline.fall
        known = {bucket: offset for bucket, offset in acknowledged.items() if offset != NO_OFFSET}
        sure = self._sure.setdefault(service, set())
        try:
            await self._topics.ensure({topic}, again=True)
            ends = await contained(self._ends(topic, known), within_s=5) if known else {}
            lost = {bucket for bucket, offset in known.items() if ends.get(bucket % self._partitions, 0) <= offset}
            doubted = {bucket: offset for bucket, offset in known.items() if bucket not in lost | sure}
            lost |= await contained(self._strange(service, doubted), within_s=5) if doubted else set()
        except (KafkaError, OSError, TimeoutError) as error:
            await self._drop_probe()
            raise BrokerUnavailable(f"{self._bootstrap}: {error!r}", retry_after_s=1) from error
        if not lost and not fall.is_set():
            self._sure[service] = set(acknowledged)
        return lost

    def is_sure(self, service: str) -> bool:
        """Say whether the broker has not gone away since it was last asked."""
        return bool(self._sure.get(service))

    async def _strange(self, service: str, acknowledged: Mapping[int, int]) -> set[int]:
        """Return the buckets in whose place another record lies than the one that was acknowledged.

        Another relay may have filled a partition that the broker had forgotten beyond the place of our last record, and
        so may what the library sent again by itself.
        """
        assert self._probe is not None
        strange: set[int] = set()
        waiting = dict(acknowledged)
        while waiting:
            turn = {TopicPartition(topic_of(service), bucket % self._partitions): bucket for bucket in waiting}
            places = {partition: waiting.pop(bucket) for partition, bucket in turn.items()}
            found = await _records_at(self._probe, places)
            strange.update(turn[at] for at, record in found.items() if not self._is_ours(record, service, turn[at]))
        return strange

    def _is_ours(self, record: ConsumerRecord, service: str, bucket: int) -> bool:
        offset, wire = self._last.get((service, bucket), (NO_OFFSET, ""))
        if offset == record.offset:
            return bool(record.value == wire.encode())
        # Acknowledged to a relay that is no more: whatever it had on its way went with it.
        return record.key is not None and bucket_of(record.key.decode()) == bucket

    async def _produce(self, parcel: Parcel) -> "asyncio.Future[int]":
        fall = self._lifeline.fall
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
                self._topics.forget()
                sent.set_exception(error)
            elif fall.is_set():
                # The library tried again by itself: this was acknowledged by a broker of which nothing is known yet.
                sent.set_exception(BrokerUnavailable("the broker went away meanwhile"))
            else:
                offset = getattr(ended.result(), "offset", NO_OFFSET)
                self._last[parcel.service, parcel.bucket] = offset, parcel.wire
                if self._bell is not None:
                    self._bell.ring(parcel.type_, parcel.bucket % self._partitions)
                sent.set_result(offset)

        pending.add_done_callback(acknowledged)
        return sent

    async def _ends(self, topic: str, acknowledged: Mapping[int, int]) -> dict[int, int]:
        if self._probe is None:
            self._probe = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap, request_timeout_ms=5000, fetch_max_wait_ms=FETCH_WAIT_MS
            )
            await self._probe.start()
        last: dict[TopicPartition, int] = {}
        for bucket, offset in acknowledged.items():
            partition = TopicPartition(topic, bucket % self._partitions)
            last[partition] = max(last.get(partition, -1), offset)
        ends = await _fetched_ends(self._probe, last)
        return {partition.partition: end for partition, end in ends.items()}

    async def _drop_probe(self) -> None:
        probe, self._probe = self._probe, None
        if probe is not None:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                await contained(probe.stop(), within_s=2)


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


def _patience(consumers: Iterable[Consumer]) -> dict[str, float]:
    """Return how long each event type may wait, in seconds: as long as the least patient of its consumers says."""
    patience: dict[str, float] = {}
    for one in consumers:
        patience[one.type_] = min(one.patience_s, patience.get(one.type_, one.patience_s))
    return patience


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


async def _records_at(
    probe: AIOKafkaConsumer, places: Mapping[TopicPartition, int]
) -> dict[TopicPartition, ConsumerRecord]:
    """Return the records at some places, none for a place that the broker has cleared away by its age."""
    probe.assign(list(places))
    for partition, offset in places.items():
        probe.seek(partition, offset)
    found: dict[TopicPartition, ConsumerRecord] = {}
    open_ = set(places)
    while open_:
        batch = await probe.getmany(*open_, timeout_ms=50)
        found.update({at: records[0] for at, records in batch.items() if records[0].offset == places[at]})
        cleared = [one for one in open_ - batch.keys() if await probe.position(one) > places[one]]
        open_ -= {*batch, *cleared}
    return found
