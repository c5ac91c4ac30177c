"""The embedded server starts, keeps what was committed, and leaves nothing behind."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import asyncpg
import pytest

from stoa.kit.engines.postgres import footing
from stoa.kit.engines.postgres.cluster import SOCKET_PATH_LIMIT_BYTES
from stoa.kit.engines.postgres.errors import AlreadyRunning, NoAccount
from stoa.kit.engines.postgres.processes import gone, living_on
from stoa.kit.engines.postgres.server import EmbeddedPostgres, State

NAMESPACES = (
    subprocess.run(["unshare", "--user", "--map-root-user", "true"], capture_output=True, check=False).returncode == 0
)
needs_namespaces = pytest.mark.skipif(not NAMESPACES, reason="user namespaces are off on this machine")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change to another account")

AS_ROOT = ("unshare", "--user", "--map-root-user")
AS_ORDINARY = ("unshare", "--user", "--map-user=65534", "--map-group=65534")
AS_NAMELESS = ("unshare", "--user", "--map-user=12345", "--map-group=12345")

WITHOUT_NAMESPACES = (
    *(*AS_ROOT, "sh", "-c"),
    f'echo 1 > /proc/sys/user/max_user_namespaces && exec {" ".join(AS_NAMELESS)} "$@"',
    "sh",
)


async def note(dsn: str, words: str) -> None:
    """Commit one row."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("create table if not exists notes (words text)")
    await connection.execute("insert into notes values ($1)", words)
    await connection.close()


async def notes(dsn: str) -> list[str]:
    """Read all rows."""
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("select words from notes order by words")
    await connection.close()
    return [row["words"] for row in rows]


async def test_a_second_start_keeps_the_rows_and_no_process_stays(home, server_on):
    first = server_on(home)
    await note((await first.start()).dsn(), "kept")
    await first.stop()

    living_between = living_on(home / "postgres" / "18")
    second = server_on(home)
    kept = await notes((await second.start()).dsn())

    assert (kept, living_between) == (["kept"], [])
    assert first.status.state is State.STOPPED


async def test_a_clean_stop_needs_no_recovery(home, server_on):
    server = server_on(home)
    await note((await server.start()).dsn(), "kept")
    await server.stop()

    await server.start()

    log = (home / "postgres" / "18.log").read_text()
    assert "database system was shut down at" in log
    assert "not properly shut down" not in log


async def test_stopping_ends_the_sessions_of_clients(home, server_on):
    server = server_on(home)
    connection = await asyncpg.connect((await server.start()).dsn())

    await server.stop()

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
        await connection.fetchval("select 1")


async def test_a_killed_server_is_brought_back_with_every_committed_row(home, server_on):
    server = server_on(home)
    endpoint = await server.start()
    await note(endpoint.dsn(), "committed")
    killed = server.status.pid

    os.kill(killed, signal.SIGKILL)
    assert await gone(killed, within_s=10)
    rows = await eventually_read(endpoint.dsn())

    assert rows == ["committed"]
    await noticed_running(server)
    assert server.status.pid != killed
    assert server.status.restarts == 1


async def noticed_running(server: EmbeddedPostgres) -> None:
    """Wait until the supervisor has seen what a client may have seen before it."""
    async with asyncio.timeout(30):
        while server.status.state is not State.RUNNING:
            await asyncio.sleep(0.01)


async def eventually_read(dsn: str) -> list[str]:
    """Read as a client does whose server is coming back: again until it answers."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await notes(dsn)
            except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
                await asyncio.sleep(0.01)


async def test_a_server_that_keeps_crashing_is_given_up_with_the_reason(home, server_on):
    server = server_on(home)
    await server.start()
    config = home / "postgres" / "18" / "postgresql.conf"
    config.write_text(config.read_text() + "shared_buffers = nonsense\n")

    os.kill(server.status.pid, signal.SIGKILL)
    reason = await server.failure()

    assert server.status.state is State.FAILED
    assert "shared_buffers" in reason


@pytest.mark.parametrize(
    "through",
    [
        (),
        pytest.param(AS_ROOT, marks=needs_namespaces),
        pytest.param(AS_ORDINARY, marks=needs_namespaces),
        pytest.param(AS_NAMELESS, marks=needs_namespaces),
    ],
    ids=["as we are", "root", "ordinary account", "account without a name"],
)
async def test_no_orphan_outlives_a_killed_owner(home, owner_of, through):
    first = owner_of(home, through=through)
    started = first.heard()
    asked = first.told("ask")

    first.killed()

    assert asked["answer"] == 42
    assert await gone(started["pid"], within_s=20)
    assert living_on(home / "postgres" / "18") == []


async def test_a_start_right_after_the_owner_was_killed_waits_for_the_dying_server(home, owner_of, server_on):
    first = owner_of(home)
    dsn = first.heard()["dsn"]
    await note(dsn, "committed")

    first.killed()
    rows = await notes((await server_on(home).start()).dsn())

    assert rows == ["committed"]


async def test_power_loss_keeps_every_committed_row(home, owner_of, server_on):
    first = owner_of(home)
    dsn = first.heard()["dsn"]
    await note(dsn, "committed")
    processes = living_on(home / "postgres" / "18")

    first.process.send_signal(signal.SIGSTOP)
    for pid in processes:
        os.kill(pid, signal.SIGKILL)
    first.killed()
    rows = await notes((await server_on(home).start()).dsn())

    assert rows == ["committed"]
    assert "not properly shut down" in (home / "postgres" / "18.log").read_text()


async def test_a_stale_lock_that_names_a_living_stranger_does_not_keep_the_server_down(home, server_on):
    server = server_on(home)
    await server.start()
    file = home / "postgres" / "18" / "postmaster.pid"
    lines = file.read_text().splitlines()
    await server.stop()
    file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    socket_lock = home / "postgres" / "run" / ".s.PGSQL.5432.lock"
    socket_lock.write_text("\n".join([str(os.getpid()), *lines[1:5]]) + "\n")

    await server.start()

    assert server.status.state is State.RUNNING


async def test_a_second_start_on_the_same_home_names_the_process_that_has_it(home, owner_of, server_on):
    first = owner_of(home)
    first.heard()

    with pytest.raises(AlreadyRunning) as refusal:
        await server_on(home).start()

    assert str(first.process.pid) in refusal.value.detail
    assert refusal.value.exit_code == 3


async def test_another_process_may_use_the_running_server_without_owning_it(home, owner_of, server_on):
    first = owner_of(home)
    dsn = first.heard()["dsn"]
    guest = server_on(home)

    async with guest.reached() as endpoint:
        used = endpoint.dsn()

    assert used == dsn
    assert first.told("ask")["answer"] == 42


async def test_a_home_that_is_not_running_is_started_for_the_block_alone(home, server_on):
    server = server_on(home)

    async with server.reached() as endpoint:
        await note(endpoint.dsn(), "in the block")

    assert server.status.state is State.STOPPED
    assert server.attach() is None


async def test_ctrl_c_reaches_the_owner_and_leaves_the_server_to_it(home, owner_of):
    first = owner_of(home)
    first.heard()

    os.killpg(first.process.pid, signal.SIGINT)
    after = first.told("await-interrupt")
    stopped = first.told("stop")

    assert after == {"answer": 42, "interrupted": True}
    assert stopped == {"state": "stopped"}
    assert "not properly shut down" not in (home / "postgres" / "18.log").read_text()


async def test_a_home_too_deep_for_a_socket_gets_a_short_private_folder(home, server_on):
    deep = home / ("deep" * 20) / ("deeper" * 10)

    server = server_on(deep)
    endpoint = await server.start()

    folder = Path(endpoint.socket_dir)
    assert len(os.fsencode(folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT_BYTES
    assert folder.stat().st_mode & 0o777 == 0o700
    assert server_on(deep).attach() == endpoint
    await server.stop()
    folder.rmdir()


async def test_a_role_logs_in_as_itself_and_no_tcp_port_is_open(home, server_on):
    endpoint = await server_on(home).start()
    connection = await asyncpg.connect(endpoint.dsn())
    await connection.execute("create role stoa_courses login noinherit")

    service = await asyncpg.connect(endpoint.dsn(user="stoa_courses"))
    name = await service.fetchval("select current_user")
    listening = await connection.fetchval("show listen_addresses")
    await service.close()
    await connection.close()

    assert (name, listening) == ("stoa_courses", "")


async def test_the_log_quotes_no_rows(home, server_on):
    endpoint = await server_on(home).start()
    connection = await asyncpg.connect(endpoint.dsn())
    await connection.execute("create table people (email text primary key)")
    await connection.execute("insert into people values ('ada@example.org')")

    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("insert into people values ('ada@example.org')")
    await connection.close()

    assert "ada@example.org" not in (home / "postgres" / "18.log").read_text()


@needs_root
async def test_root_without_namespaces_runs_the_server_as_another_account(home, server_on, monkeypatch):
    monkeypatch.setattr(footing, "STAND_INS", ())
    home.parent.chmod(0o755)
    shelter = home.parent / "shelter"
    server = server_on(home, shelter=shelter, account="daemon")

    await note((await server.start()).dsn(), "sheltered")
    account = Path(f"/proc/{server.status.pid}").stat().st_uid
    await server.stop()
    again = server_on(home, shelter=shelter, account="daemon")
    rows = await notes((await again.start()).dsn())

    assert account != 0
    assert rows == ["sheltered"]
    assert not (home / "postgres" / "18").exists()
    assert again.attach() == again.endpoint


@needs_root
async def test_root_without_namespaces_or_an_account_is_told_what_to_do(home, server_on, monkeypatch):
    monkeypatch.setattr(footing, "STAND_INS", ())
    monkeypatch.setattr(footing.shutil, "which", lambda *_, **__: None)

    with pytest.raises(NoAccount) as refusal:
        await server_on(home, shelter=home.parent / "shelter", account="nobody-made-this").start()

    assert "useradd" in refusal.value.hint


@needs_namespaces
async def test_an_account_without_a_name_and_without_namespaces_is_told_what_to_do(home, owner_of):
    said = owner_of(home, through=WITHOUT_NAMESPACES).heard()

    assert said["code"] == "postgres.no_account"
    assert "12345" in said["detail"]
    assert "/etc/passwd" in said["hint"]
