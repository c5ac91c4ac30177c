"""The commands carry a home into a file and into another home, and say what is in the way."""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from click.testing import CliRunner

from stoa.app.home import NoHome
from stoa.cli.backup import DatabaseElsewhere, backup, restore
from stoa.kit.clock import SystemClock
from stoa.kit.engines.postgres.errors import AlreadyRunning, ArchiveExists, BackupDamaged, TargetNotEmpty
from stoa.kit.engines.postgres.server import EmbeddedPostgres
from stoa.kit.engines.s3.blobs import S3Blobs, S3Settings


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short path."""
    path = Path(tempfile.mkdtemp(prefix="stoa-cli-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have --home forgotten after each test: it writes STOA_HOME."""
    monkeypatch.setenv("STOA_HOME", os.environ.get("STOA_HOME", ""))


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


def test_a_backup_takes_no_other_files_place_unless_forced(place):
    asyncio.run(fill(place / "old"))
    file = place / "file.stoa"
    file.write_bytes(b"the only copy")
    arguments = [str(file), "--home", str(place / "old")]
    runner = CliRunner()

    refused = runner.invoke(backup, arguments)
    kept = file.read_bytes()
    forced = runner.invoke(backup, [*arguments, "--force"])

    assert isinstance(refused.exception, ArchiveExists)
    assert (refused.exception.exit_code, "--force" in refused.exception.hint) == (3, True)
    assert (kept, forced.exit_code, file.stat().st_size > 1_000) == (b"the only copy", 0, True)
    assert sorted(path.name for path in place.iterdir()) == ["file.stoa", "old"]


def test_a_folder_that_is_no_home_is_not_saved_as_an_empty_one(place):
    done = CliRunner().invoke(backup, [str(place / "file.stoa"), "--home", str(place / "slip")])

    assert isinstance(done.exception, NoHome)
    assert list(place.iterdir()) == []


def test_a_home_is_not_saved_in_place_of_a_database_elsewhere(place, monkeypatch):
    monkeypatch.setenv("STOA_DATABASE_URL", "postgresql://stoa@127.0.0.1/stoa")

    done = CliRunner().invoke(backup, [str(place / "file.stoa"), "--home", str(place)])

    assert isinstance(done.exception, DatabaseElsewhere)
    assert list(place.iterdir()) == []


def test_a_file_that_is_no_backup_leaves_no_home_behind(place):
    (place / "file.stoa").write_bytes(b"nothing of the kind" * 100)

    done = CliRunner().invoke(restore, [str(place / "file.stoa"), "--home", str(place / "new")])

    assert isinstance(done.exception, BackupDamaged)
    assert [path.name for path in place.iterdir()] == ["file.stoa"]


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


async def test_what_lies_in_an_object_store_is_carried_into_another(place, monkeypatch):
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    for name, value in {"ENDPOINT": endpoint, "ACCESS_KEY": "key", "SECRET_KEY": "secret", "PREFIX": "old"}.items():
        monkeypatch.setenv(f"STOA_S3_{name}", value)
    monkeypatch.setenv("STOA_BLOBS", "s3")
    async with httpx.AsyncClient() as client:
        assert (await client.put(f"{endpoint}/stoa")).is_success
    await S3Blobs(S3Settings.load(os.environ), SystemClock()).put("organization/picture", b"png")
    await fill(place / "old")
    runner = CliRunner()

    file = str(place / "file.stoa")
    saved = await asyncio.to_thread(runner.invoke, backup, [file, "--home", str(place / "old")])
    refused = await asyncio.to_thread(runner.invoke, restore, [file, "--home", str(place / "new")])
    monkeypatch.setenv("STOA_S3_PREFIX", "new")
    loaded = await asyncio.to_thread(runner.invoke, restore, [file, "--home", str(place / "new")])
    carried = b"".join(
        [piece async for piece in S3Blobs(S3Settings.load(os.environ), SystemClock()).open("organization/picture")]
    )
    server.stop()

    assert (saved.exit_code, loaded.exit_code, carried) == (0, 0, b"png")
    assert isinstance(refused.exception, TargetNotEmpty)
    assert not (place / "new" / "blobs").exists()
