"""What the machine may lack, each met for real: a clear word, what to do next, exit code 3."""

import os
import subprocess

import pytest

from stoa.kit.engines.postgres.cluster import Tuning
from stoa.kit.engines.postgres.errors import DiskFull, HomeNotWritable, OtherMajorVersion, SocketInUse

IN_A_MOUNT = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
MOUNTS = (
    subprocess.run([*IN_A_MOUNT, "mount -t tmpfs -o size=1m none /mnt"], capture_output=True, check=False).returncode
    == 0
)
needs_mounts = pytest.mark.skipif(not MOUNTS, reason="this machine lets nobody mount a file system in a namespace")


def with_mount(home: str, options: str) -> tuple[str, ...]:
    """Return the prefix that runs a program with a small file system mounted on a home."""
    return (*IN_A_MOUNT, f'mount -t tmpfs -o {options} none {home} && exec "$@"', "sh")


@needs_mounts
async def test_a_disk_below_the_floor_is_refused_before_anything_is_made(home, owner_of):
    home.mkdir()

    owner = owner_of(home, through=with_mount(home, "size=30m"))
    said = owner.heard()

    assert said["code"] == "postgres.disk_full"
    assert "MB free" in said["detail"]
    assert "STOA_HOME" in said["hint"]
    assert owner.process.wait() == 3


@needs_mounts
async def test_a_disk_that_fills_up_while_the_cluster_is_made_is_named(home, owner_of):
    home.mkdir()

    owner = owner_of(home, "1", through=with_mount(home, "size=30m"))
    said = owner.heard()

    assert said["code"] == "postgres.disk_full"
    assert owner.process.wait() == 3


async def test_the_floor_is_checked_at_each_start(home, server_on):
    server = server_on(home)
    await server.start()
    await server.stop()

    greedy = server_on(home, tuning=Tuning(start_free_mb=1 << 40))
    with pytest.raises(DiskFull):
        await greedy.start()


@needs_mounts
async def test_a_read_only_home_is_named(home, owner_of):
    home.mkdir()

    owner = owner_of(home, through=with_mount(home, "ro"))
    said = owner.heard()

    assert said["code"] == "postgres.home_not_writable"
    assert str(home) in said["detail"]
    assert owner.process.wait() == 3


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
async def test_somebody_elses_data_is_refused_by_name(home, server_on):
    server = server_on(home)
    await server.start()
    await server.stop()
    os.chown(home / "postgres" / "18", 12345, 12345)

    with pytest.raises(HomeNotWritable) as refusal:
        await server_on(home).start()

    assert "12345" in refusal.value.detail


async def test_data_of_another_major_version_is_refused_with_the_way_over(home, server_on):
    old = server_on(home, major=16)
    await old.start()
    await old.stop()

    with pytest.raises(OtherMajorVersion) as refusal:
        await server_on(home).start()

    assert "PostgreSQL 16" in refusal.value.detail
    assert "stoa backup FILE --postgres 16" in refusal.value.hint
    assert "stoa restore" in refusal.value.hint


async def test_a_living_server_on_the_socket_is_named(home, server_on):
    second = home.with_name("second")
    folders = [home / "postgres" / "run", second / "postgres" / "run"]
    for folder in folders:
        folder.mkdir(parents=True, mode=0o700)
    listening = f"unix_socket_directories = '{folders[0]},{folders[1]}'\n"
    (home / "postgres" / "postgresql.extra.conf").write_text(listening)
    first = server_on(home)
    await first.start()

    with pytest.raises(SocketInUse) as refusal:
        await server_on(second).start()

    assert str(first.status.pid) in refusal.value.detail


async def test_a_half_made_cluster_of_a_killed_start_is_cleared_away(home, server_on):
    (home / "postgres" / ".making-left").mkdir(parents=True)
    (home / "postgres" / ".making-left" / "half").write_text("half")

    await server_on(home).start()

    assert not (home / "postgres" / ".making-left").exists()
