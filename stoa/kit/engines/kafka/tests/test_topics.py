"""Topics that were there before Stoa: large enough is taken as it is, too small is said at the start."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stoa.cli.machine import check_broker
from stoa.kit.engines.kafka.broker import EmbeddedBroker, free_port
from stoa.kit.engines.kafka.bus import KafkaBus
from stoa.kit.engines.kafka.topics import TopicTooSmall


@pytest.fixture(scope="module")
async def broker() -> AsyncIterator[EmbeddedBroker]:
    broker = EmbeddedBroker()
    await broker.start()
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    sizes = {"stoa.small": 3, "stoa.large": 12}
    await admin.create_topics([NewTopic(name, count, 1) for name, count in sizes.items()])
    await admin.close()
    yield broker
    await broker.stop()


async def test_a_topic_with_too_few_partitions_ends_the_start_with_what_to_do(broker: EmbeddedBroker) -> None:
    bus = KafkaBus(broker.bootstrap, [], publishes=["small", "other"])

    with pytest.raises(TopicTooSmall) as refused:
        await bus.start()

    assert str(refused.value) == "The topic stoa.small has 3 of 8 partitions"
    assert f"--bootstrap-server {broker.bootstrap} --alter --topic stoa.small --partitions 8" in refused.value.hint
    assert refused.value.exit_code == 3


async def test_a_topic_with_more_partitions_than_needed_is_taken_as_it_is(broker: EmbeddedBroker) -> None:
    bus = KafkaBus(broker.bootstrap, [], publishes=["large"])

    await bus.start()

    assert await bus.forgotten("large", {}) == set()
    await bus.stop()


async def test_the_doctor_names_topics_that_are_too_small(broker: EmbeddedBroker) -> None:
    finding = await asyncio.to_thread(check_broker, {"STOA_KAFKA": broker.bootstrap})

    assert (finding.state, "stoa.small has 3 of 8." in finding.sentence) == ("fail", True)
    assert "--alter --topic stoa.small --partitions 8" in finding.advice


async def test_the_doctor_says_that_a_broker_does_not_answer_and_that_none_is_needed() -> None:
    away = await asyncio.to_thread(check_broker, {"STOA_KAFKA": f"127.0.0.1:{free_port()}"})

    assert (away.state, away.advice) == ("fail", "Start it, or correct STOA_KAFKA.")
    assert check_broker({}).state == "ok"
