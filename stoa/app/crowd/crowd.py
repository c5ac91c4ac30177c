"""Fills a class with guests, lets them talk, vote and stay, and counts what they hear."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import uuid4

import msgspec

from stoa.app.crowd.hearing import Ear
from stoa.app.crowd.http import Answer, Asking
from stoa.app.crowd.person import Channel, Heard, Person, Seat, arrive
from stoa.app.crowd.tally import Tally
from stoa.app.crowd.words import comment, name_of
from stoa.kit.contract import Struct
from stoa.kit.http.passes import HEADER, LoadPasses

_ARRIVING_AT_ONCE = 48
_PASS_LASTS = timedelta(hours=12)
_VOTING_TAKES_S = 15.0
_GOODBYE_S = 20.0


class Plan(Struct, frozen=True, kw_only=True):
    """Which class is filled, how full, and how loud it is."""

    host: str
    port: int
    websocket: str
    code: str
    people: int
    messages_per_s: float


class Crowd:
    """All the people, and the tally of what they do and hear."""

    def __init__(self, plan: Plan, passes: LoadPasses, *, spawn: Callable[[Person], None] | None = None) -> None:
        self.plan = plan
        self.tally = Tally()
        self._http = Asking(plan.host, plan.port, connections=_ARRIVING_AT_ONCE)
        self._ear = Ear(self.tally, on_poll=lambda poll, options: self._start(self._vote(poll, options)))
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_over = False
        self.people = [
            Person(number, passes.write(number, expires_in=_PASS_LASTS), self) for number in range(plan.people)
        ]
        self._spawn = spawn or self._come_back_later

    @contextlib.asynccontextmanager
    async def filling(self) -> AsyncIterator[None]:
        """Let everybody come, talk and stay for the length of a block; at its end all go."""
        self._start(self._fill())
        self._start(self._talk())
        self._start(self._renew())
        try:
            yield
        finally:
            self._is_over = True
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for person in self.people:
                person.leave()
            await self._say_goodbye()
            self._http.close()

    # What the people tell of their sockets.

    def heard(self, payload: bytes) -> Heard | None:
        """Count a delivery of what many get alike; None for what is one person's own."""
        return self._ear.heard(payload)

    def arrived(self, person: Person) -> None:
        """Count somebody in."""
        self.tally.here += 1

    def cut_off(self, person: Person, *, was_here: bool, ends: bool) -> None:
        """Count somebody out, and let them come back."""
        self.tally.here -= was_here
        if self._is_over:
            return
        if ends:
            self.tally.problem("ended by the server")
        else:
            self.tally.reconnects += was_here
            self._spawn(person)

    def not_recovered(self, person: Person) -> None:
        """Count somebody whose gap could not be filled."""
        self.tally.unrecovered += 1

    def refused(self, person: Person, words: str) -> None:
        """Keep why the server refused."""
        self.tally.problem(f"refused: {words}")

    # What they do.

    async def _fill(self) -> None:
        gate = asyncio.Semaphore(_ARRIVING_AT_ONCE)

        async def come(person: Person) -> None:
            async with gate:
                await self._come(person)

        await asyncio.gather(*(come(person) for person in self.people))

    async def _come(self, person: Person) -> None:
        while person.seat is None and not self._is_over:
            answer = await self._ask(
                person, "POST", "/api/v1/live/guests", {"code": self.plan.code, "name": name_of(person.number)}
            )
            if answer.is_good:
                person.seat = _seat(answer.body, self.plan.websocket)
                self.tally.joined += 1
            else:
                self.tally.problem(_why(answer))
                await asyncio.sleep(person.wait_s())
        problem = await arrive(person)
        if problem:
            self.tally.problem(problem)
            self._spawn(person)

    async def _say_goodbye(self) -> None:
        """Give the seats back, as a page that is closed does: they would count as taken for minutes."""

        async def go(person: Person) -> None:
            await self._ask(person, "POST", self._room("leave", person))

        seated = [person for person in self.people if person.seat is not None]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_S):
                await asyncio.gather(*(go(person) for person in seated))

    def _come_back_later(self, person: Person) -> None:
        async def come_back() -> None:
            await asyncio.sleep(person.wait_s())
            await self._come(person)

        self._start(come_back())

    async def _talk(self) -> None:
        pause_s = 1 / self.plan.messages_per_s if self.plan.messages_per_s else 0
        due = time.monotonic()
        while pause_s:
            due += pause_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            person = random.choice(self.people)
            if person.is_here:
                self._start(self._post(person))

    async def _post(self, person: Person) -> None:
        assert person.seat is not None
        name = str(uuid4())
        self._ear.sent(name)
        answer = await self._ask(
            person, "POST", self._room("messages", person), {"client_msg_id": name, "body": comment()}
        )
        if answer.is_good:
            self.tally.posted += 1
        elif answer.status == 429:
            self.tally.held_back += 1
        else:
            self.tally.failed += 1
            self.tally.problem(_why(answer))

    async def _renew(self) -> None:
        """Renew every seat in time, evenly spread; the renewal also says that one is still there."""
        while True:
            seated = [person for person in self.people if person.seat is not None]
            every_s = seated[0].seat.renew_in_s * 0.9 if seated and seated[0].seat else 5.0
            for person in seated:
                self._start(self._renew_one(person))
                await asyncio.sleep(every_s / len(seated))
            if not seated:
                await asyncio.sleep(every_s)

    async def _renew_one(self, person: Person) -> None:
        answer = await self._ask(person, "POST", self._room("join/renew", person))
        if answer.is_good and person.seat is not None:
            fresh = answer.read()
            person.seat = msgspec.structs.replace(
                person.seat,
                join_token=str(fresh.get("join_token") or person.seat.join_token),
                connection_token=str(fresh.get("connection_token") or person.seat.connection_token),
                channels=msgspec.convert(fresh["channels"], list[Channel])
                if fresh.get("channels")
                else person.seat.channels,
            )
        elif not answer.is_good:
            self.tally.problem(_why(answer))

    async def _vote(self, poll: str, options: int) -> None:
        """Let everybody vote within some seconds, as people do: most of them early."""

        async def send_ballot(person: Person) -> None:
            await asyncio.sleep(min(random.expovariate(4 / _VOTING_TAKES_S), _VOTING_TAKES_S))
            choice = [min(int(random.expovariate(1.2)), options - 1)]
            answer = await self._ask(person, "PUT", self._room(f"polls/{poll}/ballot", person), {"choices": choice})
            self.tally.votes += answer.is_good
            if not answer.is_good:
                self.tally.problem(_why(answer))

        await asyncio.gather(*(send_ballot(person) for person in self.people if person.seat is not None))

    # How.

    def _room(self, what: str, person: Person) -> str:
        assert person.seat is not None
        return f"/api/v1/live/classes/{person.seat.class_id}/{what}"

    async def _ask(self, person: Person, method: str, path: str, body: object = None) -> Answer:
        headers = {HEADER: person.pass_}
        if person.seat is not None:
            headers["stoa-join"] = person.seat.join_token
        return await self._http.ask(method, path, body=body, headers=headers)

    def _start(self, doing: "asyncio._CoroutineLike[None]") -> None:
        # Kept: a task that nobody holds may be collected while it waits.
        task = asyncio.get_running_loop().create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.tally.problem(f"{type(error).__name__}: {error}"[:120])


class _Class(Struct, frozen=True):
    id: str


class _Joined(Struct, frozen=True):
    """What joining answers, as far as a crowd needs it."""

    join_token: str
    channels: list[Channel]
    connection_token: str | None = None
    class_: _Class | None = msgspec.field(default=None, name="class")
    renew_in_s: float = 60.0


def _seat(body: bytes, websocket: str) -> Seat:
    joined = msgspec.json.decode(body, type=_Joined)
    return Seat(
        class_id=joined.class_.id if joined.class_ else "",
        join_token=joined.join_token,
        connection_token=joined.connection_token or "",
        channels=joined.channels,
        websocket=websocket,
        renew_in_s=joined.renew_in_s,
    )


def _why(answer: Answer) -> str:
    if not answer.status:
        return "no answer"
    try:
        return f"{answer.status} {answer.read().get('code', '')}"
    except msgspec.DecodeError:
        return str(answer.status)
