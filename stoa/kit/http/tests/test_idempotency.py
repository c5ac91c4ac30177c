"""Idempotency keys: one contract for both engines, and the behaviour a caller sees."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from stoa.kit.auth.caller import Caller
from stoa.kit.clock import ManualClock
from stoa.kit.contract import Struct, new_id
from stoa.kit.engines.memory.idempotency import MemoryIdempotencyStore
from stoa.kit.engines.postgres.database import Database
from stoa.kit.engines.postgres.idempotency import PostgresIdempotencyStore
from stoa.kit.engines.postgres.migrate import MigrationSet
from stoa.kit.errors import Conflict, Unavailable
from stoa.kit.http.app import HttpOptions
from stoa.kit.http.idempotency import Beginning, IdempotencyStore, Once, Slot, StoredAnswer
from stoa.kit.http.router import AUTHENTICATED, Answer, Cookie, Limit, Router
from stoa.kit.testing.routes import RoutesUnderTest, a_caller

MANY = Limit("till.writes", per_caller=10_000)
router = Router("till")


class Coin(Struct, frozen=True, kw_only=True):
    """What goes in."""

    cents: int


class Till:
    """A service whose every effect can be counted."""

    def __init__(self) -> None:
        self.effects = 0
        self.open = asyncio.Event()
        self.open.set()
        self.entered = asyncio.Event()


@router.post("/coins", permission=AUTHENTICATED, limit=MANY, status=201)
async def put_in(body: Coin, caller: Caller, till: Till) -> Answer[dict[str, int]]:
    """Put a coin in."""
    till.entered.set()
    await till.open.wait()
    if body.cents == 503:
        till.effects += 1
        raise Unavailable
    till.effects += 1
    if body.cents == 409:
        raise Conflict("The till is locked.")
    return Answer({"count": till.effects}, headers={"Location": f"/api/v1/coins/{till.effects}"})


@router.post("/keys", permission=AUTHENTICATED, limit=MANY)
async def give_key(body: Coin, till: Till) -> Answer[int]:
    """Hand out a secret."""
    till.effects += 1
    return Answer(till.effects, cookies=(Cookie("key", "secret"),))


def an_answer(body: bytes = b"{}") -> StoredAnswer:
    return StoredAnswer(status=201, headers=[("location", "/x"), ("content-type", "application/json")], body=body)


def a_slot(key: str = "k", **parts: str) -> Slot:
    return Slot(**{"service": "till", "organization": "o", "principal": "p", "route": "r", "key": key, **parts})


@pytest.fixture
def memory_store(clock: ManualClock) -> IdempotencyStore:
    return MemoryIdempotencyStore(clock)


@pytest.fixture
async def postgres_store(database_for: Callable[..., Awaitable[Database]], clock: ManualClock) -> IdempotencyStore:
    database = await database_for("till", migrations=MigrationSet(service="till", migrations=()))
    return PostgresIdempotencyStore({"till": database}, clock)


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> IdempotencyStore:
    chosen: IdempotencyStore = request.getfixturevalue(f"{request.param}_store")
    return chosen


@pytest.fixture
def till() -> Till:
    return Till()


@pytest.fixture
def served(till: Till, store: IdempotencyStore, clock: ManualClock) -> RoutesUnderTest:
    return RoutesUnderTest((router, till), answers=store, clock=clock)


async def test_a_claimed_key_is_running_for_everybody_else(store: IdempotencyStore) -> None:
    first = await store.begin(a_slot(), fingerprint=b"f")
    second = await store.begin(a_slot(), fingerprint=b"f")

    assert (first.state, second.state) == ("ours", "running")


async def test_a_stored_answer_is_given_as_it_was(store: IdempotencyStore) -> None:
    first = await store.begin(a_slot(), fingerprint=b"f")
    await store.finish(a_slot(), fence=first.fence, answer=an_answer(b'{"a":1}'))

    again = await store.begin(a_slot(), fingerprint=b"f")

    assert (again.state, again.answer) == ("done", an_answer(b'{"a":1}'))


async def test_another_body_under_the_same_key_is_told(store: IdempotencyStore) -> None:
    await store.begin(a_slot(), fingerprint=b"f")

    assert (await store.begin(a_slot(), fingerprint=b"g")).state == "other_body"


@pytest.mark.parametrize("part", ["organization", "principal", "route", "key"])
async def test_the_same_key_of_somebody_else_is_another_key(store: IdempotencyStore, part: str) -> None:
    await store.begin(a_slot(), fingerprint=b"f")

    assert (await store.begin(a_slot(**{part: "other"}), fingerprint=b"g")).state == "ours"


async def test_an_abandoned_key_is_free_again(store: IdempotencyStore) -> None:
    first = await store.begin(a_slot(), fingerprint=b"f")
    await store.abandon(a_slot(), fence=first.fence)

    assert (await store.begin(a_slot(), fingerprint=b"f")).state == "ours"


async def test_a_key_whose_process_died_is_taken_over_and_its_late_answer_dropped(
    store: IdempotencyStore, clock: ManualClock
) -> None:
    first = await store.begin(a_slot(), fingerprint=b"f")
    clock.advance(timedelta(seconds=16))

    second = await store.begin(a_slot(), fingerprint=b"f")
    await store.finish(a_slot(), fence=first.fence, answer=an_answer(b"late"))

    assert second.state == "ours"
    assert (await store.begin(a_slot(), fingerprint=b"f")).state == "running"


async def test_a_claim_that_is_renewed_is_not_taken_over(store: IdempotencyStore, clock: ManualClock) -> None:
    first = await store.begin(a_slot(), fingerprint=b"f")

    for _ in range(10):
        clock.advance(timedelta(seconds=10))
        await store.renew(a_slot(), fence=first.fence)

    assert (await store.begin(a_slot(), fingerprint=b"f")).state == "running"


async def test_work_that_takes_long_renews_its_claim(store: IdempotencyStore) -> None:
    once = Once(store, renewed_every=timedelta(milliseconds=1))
    renewed: list[str] = []
    twice, renew = asyncio.Event(), store.renew

    async def noted(slot: Slot, *, fence: str) -> None:
        renewed.append(fence)
        await renew(slot, fence=fence)
        if len(renewed) == 2:
            twice.set()

    store.renew = noted  # type: ignore[method-assign]  # listens in on an engine

    async def work() -> StoredAnswer:
        await twice.wait()
        return an_answer()

    await once.run(a_slot(), b"f", work)

    assert len(set(renewed)) == 1
    assert (await store.begin(a_slot(), fingerprint=b"f")).state == "done"


async def test_an_answer_lives_a_day_and_is_then_swept(store: IdempotencyStore, clock: ManualClock) -> None:
    first = await store.begin(a_slot(), fingerprint=b"f")
    await store.finish(a_slot(), fence=first.fence, answer=an_answer())

    clock.advance(timedelta(hours=23, minutes=59))
    kept, swept_early = await store.begin(a_slot(), fingerprint=b"f"), await store.sweep()
    clock.advance(timedelta(minutes=1))
    swept = await store.sweep()

    assert (kept.state, swept_early, swept) == ("done", 0, 1)
    assert (await store.begin(a_slot(), fingerprint=b"g")).state == "ours"


async def test_a_key_may_be_reused_for_another_body_after_a_day(store: IdempotencyStore, clock: ManualClock) -> None:
    first = await store.begin(a_slot(), fingerprint=b"f")
    await store.finish(a_slot(), fence=first.fence, answer=an_answer())
    clock.advance(timedelta(hours=24))

    assert (await store.begin(a_slot(), fingerprint=b"g")).state == "ours"


async def test_fifty_equal_requests_at_once_have_one_effect_and_equal_answers(
    served: RoutesUnderTest, till: Till
) -> None:
    client = served.client(a_caller(), headers={"Idempotency-Key": str(new_id())})

    answers = await asyncio.gather(*(client.post("/api/v1/coins", json={"cents": 5}) for _ in range(50)))

    assert till.effects == 1
    assert {(one.status_code, one.headers["location"], one.content) for one in answers} == {
        (201, "/api/v1/coins/1", b'{"count":1}')
    }
    assert sum("idempotency-replayed" in one.headers for one in answers) == 49


async def test_the_same_key_with_another_body_is_refused(served: RoutesUnderTest, till: Till) -> None:
    client = served.client(a_caller(), headers={"Idempotency-Key": "one"})

    await client.post("/api/v1/coins", json={"cents": 5})
    other = await client.post("/api/v1/coins", json={"cents": 6})

    assert (other.status_code, other.json()["code"]) == (422, "stoa.idempotency_key_reused")
    assert till.effects == 1


async def test_a_key_that_is_still_running_is_answered_with_409_and_when_to_come_back(
    till: Till, store: IdempotencyStore, clock: ManualClock
) -> None:
    served = RoutesUnderTest((router, till), answers=store, clock=clock, options=HttpOptions(idempotency_wait_s=0.02))
    client = served.client(a_caller(), headers={"Idempotency-Key": "one"})
    till.open.clear()
    first = asyncio.create_task(client.post("/api/v1/coins", json={"cents": 5}))
    await till.entered.wait()

    second = await client.post("/api/v1/coins", json={"cents": 5})
    till.open.set()

    assert (second.status_code, second.json()["code"]) == (409, "stoa.idempotency_running")
    assert second.headers["retry-after"] == "2"
    assert (await first).status_code == 201


async def test_an_expected_refusal_is_repeated_and_a_passing_failure_is_not(
    served: RoutesUnderTest, till: Till
) -> None:
    client = served.client(a_caller())

    async def twice(cents: int) -> list[httpx.Response]:
        key = {"Idempotency-Key": str(new_id())}
        return [await client.post("/api/v1/coins", json={"cents": cents}, headers=key) for _ in range(2)]

    refused, effects = await twice(409), till.effects
    failed = await twice(503)

    assert ([one.status_code for one in refused], effects) == ([409, 409], 1)
    assert ([one.status_code for one in failed], till.effects - effects) == ([503, 503], 2)


async def test_the_same_key_of_two_people_has_two_effects(served: RoutesUnderTest, till: Till) -> None:
    for caller in (a_caller(), a_caller()):
        await served.client(caller, headers={"Idempotency-Key": "one"}).post("/api/v1/coins", json={"cents": 5})

    assert till.effects == 2


async def test_an_answer_that_sets_a_cookie_is_never_stored(served: RoutesUnderTest, till: Till) -> None:
    client = served.client(a_caller(), headers={"Idempotency-Key": "one"})

    first, second = [await client.post("/api/v1/keys", json={"cents": 5}) for _ in range(2)]

    assert (first.json(), second.json()) == (1, 2)


async def test_what_is_stored_of_a_body_cannot_be_guessed_without_the_key(till: Till, clock: ManualClock) -> None:
    stored: set[bytes] = set()

    class Watched(MemoryIdempotencyStore):
        async def begin(self, slot: Slot, *, fingerprint: bytes) -> Beginning:
            stored.add(fingerprint)
            return await super().begin(slot, fingerprint=fingerprint)

    served = RoutesUnderTest((router, till), answers=Watched(clock), clock=clock)
    for key in ("one", "two"):
        client = served.client(a_caller(), headers={"Idempotency-Key": key})
        await client.post("/api/v1/coins", json={"cents": 5})

    assert len(stored) == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "ö"], ids=["empty", "long", "foreign"])
async def test_a_key_that_is_none_is_refused(served: RoutesUnderTest, key: str) -> None:
    client = served.client(a_caller())

    answer = await client.post("/api/v1/coins", json={"cents": 5}, headers=[(b"Idempotency-Key", key.encode())])

    assert (answer.status_code, answer.json()["code"]) == (400, "stoa.malformed")
