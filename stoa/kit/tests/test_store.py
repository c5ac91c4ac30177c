"""The unit of work: commits, rollbacks, the outbox, the inbox and the wall between organizations."""

import asyncio
import contextlib
from uuid import UUID

import asyncpg
import msgspec
import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import Event, EventId, OrganizationId, new_id
from stoa.kit.errors import TransactionOpen
from stoa.kit.events import AlreadyHandled, Delivery, decode
from stoa.kit.store import Store, UnitOfWork, in_transaction, refuse_in_transaction
from stoa.kit.testing.lemmas import LEMMAS, LemmaProved, LemmasTx

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def store(store_for) -> Store[LemmasTx]:
    return await store_for("lemmas", LemmasTx, migrations=LEMMAS)


def an_organization() -> OrganizationId:
    return OrganizationId(new_id())


def a_delivery(organization: OrganizationId, event: UUID, clock: ManualClock) -> Delivery:
    return Delivery(
        consumer="lemmas.note",
        event_id=EventId(event),
        type_="stoa.lemmas.lemma-proved.v1",
        key="k",
        organization=organization,
        occurred_at=clock.now(),
    )


async def test_what_is_saved_can_be_read_afterwards(store):
    organization, lemma = an_organization(), new_id()

    async with store.transaction(organization=organization) as tx:
        await tx.save(lemma, "Zorn")

    async with store.reading(organization=organization) as tx:
        assert await tx.title_of(lemma) == "Zorn"


async def test_what_comes_afterwards_comes_with_the_commit_and_only_then(store):
    home, heard = an_organization(), list[str]()
    async with store.transaction(organization=home) as tx:
        tx.afterwards(lambda: heard.append("kept"))
        heard.append("open")

    with pytest.raises(RuntimeError):
        async with store.transaction(organization=home) as tx:
            tx.afterwards(lambda: heard.append("lost"))
            raise RuntimeError
    async with store.reading(organization=home) as tx:
        with pytest.raises(RuntimeError, match="open transaction"):
            tx.afterwards(lambda: None)

    assert heard == ["open", "kept"]


async def test_a_failure_rolls_everything_back_events_included(store):
    organization, lemma = an_organization(), new_id()

    with pytest.raises(KeyError):
        async with store.transaction(organization=organization) as tx:
            await tx.save(lemma, "Zorn")
            tx.publish(LemmaProved(organization_id=organization, lemma_id=lemma, title="Zorn"))
            raise KeyError

    async with store.reading(organization=organization) as tx:
        assert await tx.title_of(lemma) is None
        assert await tx.outbox() == []


async def test_events_leave_with_the_commit_in_a_cloudevents_envelope(store, clock):
    organization, lemma = an_organization(), new_id()
    title = "O'Neill's \\ \"lemma\"; drop table lemmas.outbox; -- \u2028 ∀x\x01"

    async with store.transaction(organization=organization) as tx:
        id_ = tx.publish(LemmaProved(organization_id=organization, lemma_id=lemma, title=title))

    async with store.reading(organization=organization) as tx:
        (row,) = await tx.outbox()
    envelope = decode(row["envelope"])
    assert (envelope.id, envelope.type, envelope.source) == (id_, LemmaProved.type_, "/stoa/lemmas")
    assert (envelope.partitionkey, envelope.organization, envelope.time) == (str(lemma), organization, clock.now())
    assert msgspec.json.decode(envelope.data, type=LemmaProved).title == title
    assert row["at"] == clock.now()


async def test_an_event_is_handled_once_per_consumer(store, clock):
    organization, event, lemma = an_organization(), new_id(), new_id()
    delivery = a_delivery(organization, event, clock)
    async with store.transaction(organization=organization, delivery=delivery) as tx:
        await tx.save(lemma, "Zorn")

    with pytest.raises(AlreadyHandled):
        async with store.transaction(organization=organization, delivery=delivery) as tx:
            await tx.save(new_id(), "never")

    async with store.reading(organization=organization) as tx:
        assert await tx.titles() == ["Zorn"]


async def test_a_delivery_whose_handler_failed_can_be_handled_again(store, clock):
    organization, event = an_organization(), new_id()
    delivery = a_delivery(organization, event, clock)
    with pytest.raises(KeyError):
        async with store.transaction(organization=organization, delivery=delivery):
            raise KeyError

    async with store.transaction(organization=organization, delivery=delivery) as tx:
        await tx.save(new_id(), "second try")

    async with store.reading(organization=organization) as tx:
        assert await tx.titles() == ["second try"]


async def test_another_organization_sees_and_touches_nothing(store):
    mine, theirs, lemma = an_organization(), an_organization(), new_id()
    async with store.transaction(organization=mine) as tx:
        await tx.save(lemma, "mine")

    async with store.transaction(organization=theirs) as tx:
        assert await tx.title_of(lemma) is None
        assert await tx.execute("update lemmas.lemmas set title = 'theirs'") == 0
        assert await tx.execute("delete from lemmas.lemmas") == 0
    async with store.transaction(organization=None) as tx:
        assert await tx.titles() == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with store.transaction(organization=theirs) as tx:
            await tx.execute("insert into lemmas.lemmas values ($1, $2, 'forged')", mine, new_id())

    async with store.reading(organization=mine) as tx:
        assert await tx.titles() == ["mine"]


async def test_another_services_table_is_refused_by_the_database(store, database_for):
    organization = an_organization()

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with store.reading(organization=organization) as tx:
            await tx.fetch("select * from kit.migrations")


async def test_a_swallowed_failure_cannot_pass_for_a_commit(store):
    organization = an_organization()

    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        async with store.transaction(organization=organization) as tx:
            await tx.save(new_id(), "lost")
            with contextlib.suppress(asyncpg.DivisionByZeroError):
                await tx.fetch("select 1 / 0")

    async with store.reading(organization=organization) as tx:
        assert await tx.titles() == []


async def test_ports_are_refused_inside_a_transaction_and_allowed_after_it(store):
    organization = an_organization()
    async with store.transaction(organization=organization):
        with pytest.raises(TransactionOpen):
            refuse_in_transaction("asking courses")
        with pytest.raises(TransactionOpen):
            async with store.reading(organization=organization):
                pass
        later = asyncio.ensure_future(asyncio.sleep(0, result=None))
    await later
    assert not in_transaction()
    async with store.reading(organization=organization):
        refuse_in_transaction("asking courses")


async def test_a_unit_of_work_is_useless_once_it_is_over(store):
    async with store.reading(organization=an_organization()) as tx:
        pass

    with pytest.raises(RuntimeError, match="over"):
        await tx.titles()


@pytest.mark.parametrize(
    "sql",
    [
        "set role postgres",
        "select 1; RESET ROLE",
        " commit",
        "select set_config('stoa.organization', '', false)",
        "begin",
    ],
)
async def test_a_store_cannot_touch_the_session(store, sql):
    async with store.reading(organization=an_organization()) as tx:
        with pytest.raises(ValueError, match="kit opens"):
            await tx.execute(sql)


async def test_publishing_outside_a_transaction_is_refused(store):
    organization = an_organization()
    async with store.reading(organization=organization) as tx:
        with pytest.raises(RuntimeError, match="open transaction"):
            tx.publish(LemmaProved(organization_id=organization, lemma_id=new_id(), title="x"))


async def test_json_columns_take_and_give_plain_values(store):
    async with store.reading(organization=an_organization()) as tx:
        assert await tx.fetchval("select $1::jsonb", {"a": [1, None, "é"]}) == {"a": [1, None, "é"]}
        assert await tx.fetchval("select $1::json", [1]) == [1]
        assert (
            await tx.fetchval(
                "select $1::jsonb ->> 'title'",
                LemmaProved(organization_id=an_organization(), lemma_id=new_id(), title="struct"),
            )
            == "struct"
        )


async def test_an_event_class_without_a_versioned_type_is_refused(store):
    class Nameless(Event):
        type_ = "nameless"
        key_ = "organization_id"

    organization = an_organization()
    with pytest.raises(TypeError, match=r"stoa\.<service>\.<event>"):
        async with store.transaction(organization=organization) as tx:
            tx.publish(Nameless(organization_id=organization))
    assert issubclass(LemmasTx, UnitOfWork)
