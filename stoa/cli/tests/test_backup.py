"""The commands carry a home into a file and into another home, and say what is in the way."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from stoa.cli.backup import backup, restore
from stoa.kit.engines.postgres.errors import AlreadyRunning, TargetNotEmpty
from stoa.kit.engines.postgres.server import EmbeddedPostgres


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short path."""
    path = Path(tempfile.mkdtemp(prefix="stoa-cli-"))
    yield path
    shutil.rmtree(path)


async def fill(home: Path) -> None:
    """Put two rows and a blob into a home."""
    async with EmbeddedPostgres(home).reached() as endpoint:
        connection = await asyncpg.connect(endpoint.dsn())
        await connection.execute("create table notes (words text); insert into notes values ('one'), ('two')")
        await connection.close()
    (home / "blobs").mkdir()
    (home / "blobs" / "picture").write_bytes(b"png")


def test_a_home_is_carried_into_another(place):
    asyncio.run(fill(place / "old"))
    runner = CliRunner()

    saved = runner.invoke(backup, [str(place / "file.stoa"), "--json"], env={"STOA_HOME": str(place / "old")})
    loaded = runner.invoke(restore, [str(place / "file.stoa"), "--home", str(place / "new")])

    assert json.loads(saved.output)["rows"] == 2
    assert (loaded.exit_code, "2 rows of 1 tables" in loaded.output) == (0, True)
    assert (place / "new" / "blobs" / "picture").read_bytes() == b"png"


def test_a_full_home_is_refused_unless_forced(place):
    asyncio.run(fill(place / "old"))
    runner = CliRunner()
    runner.invoke(backup, [str(place / "file.stoa"), "--home", str(place / "old")])

    refused = runner.invoke(restore, [str(place / "file.stoa"), "--home", str(place / "old")])
    forced = runner.invoke(restore, [str(place / "file.stoa"), "--home", str(place / "old"), "--force"])

    assert isinstance(refused.exception, TargetNotEmpty)
    assert (refused.exception.exit_code, "--force" in refused.exception.hint) == (3, True)
    assert forced.exit_code == 0


async def test_a_running_home_is_saved_and_never_restored_over(place):
    await fill(place / "old")
    runner, running = CliRunner(), EmbeddedPostgres(place / "old")
    await running.start()

    arguments = [str(place / "file.stoa"), "--home", str(place / "old")]
    saved = await asyncio.to_thread(runner.invoke, backup, arguments)
    refused = await asyncio.to_thread(runner.invoke, restore, [*arguments, "--force"])
    await running.stop()

    assert saved.exit_code == 0
    assert isinstance(refused.exception, AlreadyRunning)
