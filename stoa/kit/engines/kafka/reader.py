"""One consumer group's way through its topics: batches in, keys in order, offsets committed behind what is done."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from stoa.kit.engines.kafka.attention import Attention
from stoa.kit.engines.kafka.contained import contained
from stoa.kit.engines.kafka.lifeline import Lifeline
from stoa.kit.engines.kafka.topics import Topics
from stoa.kit.events import decode
from stoa.kit.inbox import Dispatcher
from stoa.kit.telemetry.logs import logger

GENERATION: Final = "stoa-generation"
TYPE: Final = "stoa-type"
SESSION_MS: Final = 6000
BATCH: Final = 500
MOST_IN_FLIGHT: Final = 2000
FEW: Final = 64
GATHER_S: Final = 0.02
COMMIT_EVERY_S: Final = 0.5
# A broker that looks for news only when the wait is over (Tansu does) costs CPU for each question: ten processes that
# asked every 20 ms kept a core busy for nothing. Apache Kafka answers at once, whatever the wait.
BUSY_S: Final = 2.0
IDLE_WAIT_MS: Final = 50
# What goes to every process (a role, a log-out) has seconds to arrive.
IDLE_BROADCAST_WAIT_MS: Final = 500
PATIENCE_MS: Final = 100
AGAIN_S: Final = 0.2
# Who cannot reach a partition asks anew at once; this is for brokers that come and go behind our back.
METADATA_MS: Final = 30_000
LIBRARY_LOOK_MS: Final = 10_000

log = logger("kit")

# An offset, and the fingerprint of the record that lies there.
Mark = tuple[int, int]


class Progress:
    """Which offsets of one partition are done, and below which all are."""

    def __init__(self) -> None:
        self._open: deque[tuple[int, int]] = deque()
        self._done: set[int] = set()
        self.next: int | None = None
        self.last: Mark | None = None
        self.committed: int | None = None

    @property
    def in_flight(self) -> int:
        """How many offsets have begun and are not below the committed line."""
        return len(self._open)

    def begin(self, offset: int, print_: int = 0) -> None:
        """Note that an offset is being handled, with the fingerprint of what lies there."""
        if not self._open:
            self.next = offset
        self._open.append((offset, print_))

    def end(self, offset: int) -> None:
        """Note that an offset is done, and move the line up as far as it goes."""
        self._done.add(offset)
        while self._open and self._open[0][0] in self._done:
            self.last = self._open.popleft()
            self._done.discard(self.last[0])
            self.next = self.last[0] + 1


class Reader(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Reads topics for one group, or, without a group, whatever arrives from now on.

    When the broker went away, what comes back may have begun anew: offsets of before are not committed to it, and in
    each partition the last record that was done must lie where it lay, else the partition is read from its beginning.
    """

    def __init__(
        self,
        bootstrap: str,
        dispatcher: Dispatcher,
        topics: Sequence[str],
        *,
        group: str | None,
        fetch_wait_ms: int,
        lifeline: Lifeline,
        made: Topics,
        attention: Attention,
    ) -> None:
        self._bootstrap = bootstrap
        self._dispatcher = dispatcher
        self._topics = list(topics)
        self._group = group
        self._fetch_wait_ms = fetch_wait_ms
        self._heard_at = -BUSY_S
        self._lifeline = lifeline
        self._made = made
        self._attention = attention
        self._fall = lifeline.fall
        self._lives = 0
        self._marks: dict[TopicPartition, Mark] = {}
        self._unproved: dict[TopicPartition, Mark] = {}
        self._is_told = False
        self._consumer: AIOKafkaConsumer
        self._progress: dict[TopicPartition, Progress] = {}
        self._generations: dict[TopicPartition, int] = {}
        self._stir = asyncio.Event()
        self._committed_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self.ready = asyncio.Event()

    async def start(self) -> None:
        """Begin to read in the background; a broker that is away is waited for."""
        self._task = asyncio.create_task(self._run(), name=f"kafka-{self._group or 'broadcast'}")

    async def stop(self) -> None:
        """Stop reading, wait shortly for what is being handled and commit it."""
        self._stopping = True
        self._stir.set()
        self._attention.wake()
        if self._task:
            _, late = await asyncio.wait([self._task], timeout=8)
            for task in late:
                task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Finish and commit what another member of the group takes over."""
        if self._fall.is_set():
            return
        await self._settle(deadline_s=2.0)
        for partition in revoked:
            for known in (self._progress, self._generations, self._marks, self._unproved):
                known.pop(partition, None)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Go back to the last record that was done where the broker went away meanwhile."""
        self._attention.wake()
        for partition in assigned:
            if partition in self._marks:
                self._go_back(partition)

    async def _run(self) -> None:
        # Each life is a task of its own: whatever ends one, and the library ends some by cancelling, another follows.
        while not self._stopping:
            life = asyncio.create_task(self._live(), name=f"kafka-{self._group or 'broadcast'}-life")
            try:
                await asyncio.wait([life])
            finally:
                life.cancel()
                [ended] = await asyncio.gather(life, return_exceptions=True)
            if ended is not None:
                self._tell(repr(ended))
                await asyncio.sleep(AGAIN_S)

    async def _live(self) -> None:
        self._fall = self._lifeline.fall
        await self._made.ensure(set(self._topics))
        self._consumer = self._make()
        try:
            await self._consumer.start()
            if self._group is not None:
                self._consumer.subscribe(self._topics, listener=self)
            await self._find_place()
            self._lives += 1
            self._is_told = False
            await self._read_until_fall()
        finally:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                await contained(self._consumer.stop(), within_s=5)

    def _tell(self, error: str) -> None:
        if not self._is_told:
            self._is_told = True
            log.warning("kafka.reading_again", group=self._group, error=error)

    async def _read_until_fall(self) -> None:
        self._attention.wake()
        reading = asyncio.create_task(self._read(), name=f"kafka-{self._group or 'broadcast'}-read")
        falling = asyncio.create_task(self._fall.wait(), name="kafka-fall")
        try:
            await asyncio.wait({reading, falling}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Also in the middle of a commit, which would go to a broker that knows nothing of these offsets.
            reading.cancel()
            falling.cancel()
            ended = await asyncio.gather(reading, falling, return_exceptions=True)
        if self._fall.is_set():
            self._tell("the broker went away")
            self._marks.update((at, one.last) for at, one in self._progress.items() if one.last is not None)
            self._progress.clear()
            self._generations.clear()
            self._unproved.clear()
        elif isinstance(ended[0], Exception):
            raise ended[0]

    async def _find_place(self) -> None:
        if self._group is None:
            for partition in self._consumer.assignment():
                if partition in self._marks:
                    self._go_back(partition)
                elif self._lives:
                    # Nothing was heard of it before the broker went away, so nothing there was heard.
                    await self._consumer.seek_to_beginning(partition)
                else:
                    await self._consumer.position(partition)
        self.ready.set()

    def _go_back(self, partition: TopicPartition) -> None:
        self._unproved[partition] = mark = self._marks.pop(partition)
        self._consumer.seek(partition, mark[0])

    def _make(self) -> AIOKafkaConsumer:
        # Without a group the partitions are assigned at the start, and only to topics named here.
        return AIOKafkaConsumer(
            *(self._topics if self._group is None else ()),
            bootstrap_servers=self._bootstrap,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest" if self._group else "latest",
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=SESSION_MS // 3,
            max_poll_interval_ms=300_000,
            metadata_max_age_ms=METADATA_MS,
            fetch_max_wait_ms=self._fetch_wait_ms,
            # How often the library looks at all partitions again though nothing has happened: each look is Python.
            consumer_timeout_ms=LIBRARY_LOOK_MS,
            retry_backoff_ms=100,
            request_timeout_ms=10_000,
        )

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        self._committed_at = loop.time()
        while not self._stopping:
            patience_ms = self._attention.patience_ms(loop.time(), otherwise=PATIENCE_MS)
            batch = await self._consumer.getmany(timeout_ms=patience_ms, max_records=BATCH)
            for partition, records in batch.items():
                await self._take(partition, records)
            await self._gather()
            await self._find_cut_off()
            is_behind = self._attention.is_called and (bool(self._unproved) or await self._is_behind(batch))
            now = loop.time()
            self._pace(now, has_come=bool(batch))
            await self._commit_in_time(now)
            open_ = self._consumer.assignment() - self._full()
            if self._attention.may_rest(now, open_=open_, come=batch.keys(), is_behind=is_behind):
                await self._rest()
            self._attention.steer(self._consumer, self._full())
        await self._settle(deadline_s=5.0)

    def _pace(self, now: float, *, has_come: bool) -> None:
        """Let the broker hold a question longer once nothing has come for a while: an idle platform stays quiet."""
        if has_come:
            self._heard_at = now
        is_busy = now - self._heard_at < BUSY_S or self._attention.is_called
        idle_ms = IDLE_WAIT_MS if self._group else IDLE_BROADCAST_WAIT_MS
        wait_ms = self._fetch_wait_ms if is_busy else max(self._fetch_wait_ms, idle_ms)
        # aiokafka takes the wait once, when it is made; its fetcher reads it for each question.
        self._consumer._fetcher._fetch_max_wait_ms = wait_ms

    async def _is_behind(self, batch: Iterable[TopicPartition]) -> bool:
        """Say whether the broker has more of what has just come."""
        for partition in self._consumer.assignment().intersection(batch):
            end = self._consumer.highwater(partition)
            if end is not None and await self._consumer.position(partition) < end:
                return True
        return False

    async def _rest(self) -> None:
        """Ask nothing until somebody rings, an earlier question is answered, or it is time to look."""
        ear, loop, fetcher = self._attention.rest(self._consumer), asyncio.get_running_loop(), self._consumer._fetcher
        while not self._stopping:
            is_all_committed = await self._commit_in_time(loop.time())
            open_ = self._consumer.assignment() - self._full()
            if self._attention.is_over(loop.time(), open_=open_, answered=set(fetcher._records)):
                return
            # A broker that is slow to answer would else be heard at the next look only, each time.
            ringing, answered = ear.next_ring(), fetcher._create_fetch_waiter()
            try:
                within_s = self._attention.rest_s(loop.time())
                within_s = within_s if is_all_committed else min(within_s, COMMIT_EVERY_S)
                await asyncio.wait({ringing, answered}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ringing.cancel()
                answered.cancel()

    async def _take(self, partition: TopicPartition, records: Sequence[ConsumerRecord]) -> None:
        mark = self._unproved.pop(partition, None)
        if mark is not None:
            if records and mark != (records[0].offset, _print_of(records[0])):
                await self._start_over(partition)
                return
            records = records[1:]
        progress = self._progress.setdefault(partition, Progress())
        progress.last = progress.last or mark
        for record in records:
            headers = dict(record.headers)
            generation = int(headers.get(GENERATION, b"0"))
            known = self._generations.setdefault(partition, generation)
            if generation > known:
                # The broker lost this partition and got it anew: our position is one of the old partition.
                self._generations[partition] = generation
                await self._start_over(partition)
                return
            type_ = headers.get(TYPE, b"").decode()
            progress.begin(record.offset, _print_of(record))
            if not self._dispatcher.wants(type_):
                progress.end(record.offset)
                continue
            future = self._dispatcher.dispatch(decode(record.value))
            future.add_done_callback(partial(self._ended, progress, record.offset))

    async def _start_over(self, partition: TopicPartition) -> None:
        log.info("kafka.starting_over", topic=partition.topic, partition=partition.partition)
        self._unproved.pop(partition, None)
        self._progress[partition] = Progress()
        await self._consumer.seek_to_beginning(partition)

    def _ended(self, progress: Progress, offset: int, _: "asyncio.Future[int]") -> None:
        progress.end(offset)
        self._stir.set()

    async def _gather(self) -> None:
        """Let what is in flight shrink before more is fetched, but not wait for the slow ones."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHER_S):
                while sum(progress.in_flight for progress in self._progress.values()) > FEW:
                    self._stir.clear()
                    await self._stir.wait()

    def _full(self) -> set[TopicPartition]:
        return {at for at, progress in self._progress.items() if progress.in_flight > MOST_IN_FLIGHT}

    async def _commit_in_time(self, now: float) -> bool:
        """Commit once in a while: many events cost one question to the broker; say whether nothing is left to do."""
        if self._group is None:
            return True
        if now - self._committed_at >= COMMIT_EVERY_S:
            self._committed_at = now
            await self._commit()
        return not self._uncommitted() and not any(one.in_flight for one in self._progress.values())

    def _uncommitted(self) -> dict[TopicPartition, int]:
        assigned = self._consumer.assignment()
        return {
            partition: progress.next
            for partition, progress in self._progress.items()
            if partition in assigned and progress.next is not None and progress.next != progress.committed
        }

    async def _commit(self) -> None:
        if self._group is None:
            return
        if offsets := self._uncommitted():
            with contextlib.suppress(KafkaError):
                await self._consumer.commit(offsets)
                for partition, offset in offsets.items():
                    self._progress[partition].committed = offset

    async def _find_cut_off(self) -> None:
        # Tansu answers a fetch beyond its end with nothing instead of OFFSET_OUT_OF_RANGE.
        for partition in self._consumer.assignment() - self._consumer.paused():
            end = self._consumer.highwater(partition)
            if end is None or (partition not in self._progress and partition not in self._unproved):
                continue
            position = await self._consumer.position(partition)
            if position > end or (position == end and partition in self._unproved):
                await self._start_over(partition)

    async def _settle(self, *, deadline_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline_s):
                while any(progress.in_flight for progress in self._progress.values()):
                    self._stir.clear()
                    await self._stir.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await self._commit()


def _print_of(record: ConsumerRecord) -> int:
    return hash((record.value, record.headers))
