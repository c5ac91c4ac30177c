"""`stoa events` on a home whose database runs in this process."""

import asyncio
import os
import sys
from uuid import uuid4

import msgspec
import pytest

from stoa.app.embedded import bring_up_to_date
from stoa.kit.engines.postgres.database import Login, connect
from stoa.kit.engines.postgres.server import EmbeddedPostgres
from stoa.topology import discover

OUTBOX = (
    "insert into courses.outbox (id, type, key, bucket, organization_id, envelope, at, published_at)"
    " values ($1, 'stoa.courses.course-published.v1', 'k', 0, $1, '{}', now(), $2)"
)
LETTER = (
    "insert into progress.dead_letters (consumer, event_id, type, key, organization_id, envelope, attempts, error, at)"
    " values ('progress.note', $1, 'stoa.courses.course-published.v1', 'k', $1, '{}', 6, 'ValueError: no', now())"
)


@pytest.fixture
async def home(tmp_path):
    server = EmbeddedPostgres(tmp_path)
    endpoint = await server.start()
    login = Login(host=endpoint.socket_dir, port=endpoint.port, user=endpoint.user)
    await bring_up_to_date(login, discover())
    yield tmp_path, login
    await server.stop()


async def stoa(home, *arguments: str) -> tuple[int, bytes]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "stoa", "events", *arguments,
        stdout=asyncio.subprocess.PIPE, env=os.environ | {"STOA_HOME": str(home)},
    )  # fmt: skip
    output, _ = await process.communicate()
    return process.returncode, output


async def asked(home, *arguments: str):
    code, output = await stoa(home, *arguments, "--json")
    assert code == 0, output
    return msgspec.json.decode(output)


async def test_an_operator_sees_what_waits_and_died_and_sets_it_going_again(home):
    folder, login = home
    event = uuid4()
    admin = await connect(login)
    await admin.execute(OUTBOX, uuid4(), None)
    await admin.execute(OUTBOX, uuid4(), await admin.fetchval("select now()"))
    await admin.execute(LETTER, event)

    counts = {one["service"]: one for one in await asked(folder, "list")}
    assert (counts["courses"]["waiting"], counts["courses"]["published"], counts["progress"]["dead"]) == (1, 1, 1)

    (letter,) = await asked(folder, "dead", "--service", "progress")
    assert (letter["event_id"], letter["error"]) == (str(event), "ValueError: no")

    assert await asked(folder, "redrive", "--event", str(event)) == {"redriven": 1}
    assert await admin.fetchval("select redrive_at is not null from progress.dead_letters")

    assert await asked(folder, "replay", "courses", "--since", "2h") == {"replayed": 1}
    assert await admin.fetchval("select count(*) from courses.outbox where published_at is null") == 2

    for wrong in (("nobody", "--since", "2h"), ("courses", "--since", "99999999999d")):
        code, _ = await stoa(folder, "replay", *wrong)
        assert code == 2
    code, output = await stoa(folder, "dead")
    assert (code, b"progress.note" in output) == (0, True)
    await admin.close()


async def test_a_folder_that_is_no_home_stays_none(tmp_path):
    code, _ = await stoa(tmp_path / "slip", "list")

    assert (code, (tmp_path / "slip").exists()) == (3, False)
