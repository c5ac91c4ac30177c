"""The data directory of one major version: made once, checked and configured anew at each start."""

import asyncio
import errno
import os
import shutil
import signal
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from stoa.kit.engines.postgres.binaries import way_from
from stoa.kit.engines.postgres.errors import DiskFull, HomeNotWritable, OtherMajorVersion, PostgresUnavailable
from stoa.kit.engines.postgres.footing import Footing

SUPERUSER = "stoa"
PORT = 5432
SOCKET_PATH_LIMIT_BYTES = 107


@dataclass(frozen=True)
class Tuning:
    """What the server may use; the defaults keep the whole platform small on one machine."""

    shared_buffers_mb: int = 32
    # Twenty-four services with pools of eight, the jobs and the relays; a slot that nobody uses costs next to nothing.
    max_connections: int = 300
    work_mem_mb: int = 4
    max_wal_mb: int = 512
    first_start_free_mb: int = 160
    start_free_mb: int = 48

    def lines(self, major: int) -> list[str]:
        """Return the settings as lines of postgresql.conf."""
        # LOG and worse only, without DETAIL: the details of errors quote rows, and rows hold personal data.
        settings = {
            "listen_addresses": "''",
            "port": str(PORT),
            "unix_socket_permissions": "0700",
            "max_connections": str(self.max_connections),
            "superuser_reserved_connections": "3",
            "shared_buffers": f"{self.shared_buffers_mb}MB",
            "work_mem": f"{self.work_mem_mb}MB",
            "maintenance_work_mem": "32MB",
            "huge_pages": "off",
            "jit": "off",
            "max_worker_processes": "2",
            "max_parallel_workers_per_gather": "0",
            "max_logical_replication_workers": "0",
            "max_wal_senders": "0",
            "wal_level": "minimal",
            "max_wal_size": f"{self.max_wal_mb}MB",
            "min_wal_size": "32MB",
            "wal_recycle": "on",
            "checkpoint_timeout": "15min",
            "fsync": "on",
            "full_page_writes": "on",
            "synchronous_commit": "on",
            "autovacuum": "on",
            "autovacuum_max_workers": "1",
            "password_encryption": "scram-sha-256",
            "timezone": "'UTC'",
            "log_timezone": "'UTC'",
            "lc_messages": "'C'",
            "log_min_messages": "log",
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_checkpoints": "off",
            "log_line_prefix": "'%m [%p] '",
        }
        if major >= 18:
            # Three idle I/O workers cost 4 MB and gain nothing on a database that fits the page cache.
            settings |= {"io_method": "sync"}
        return [f"{name} = {value}" for name, value in settings.items()]


class Cluster:
    """One data directory and the folder for its socket."""

    def __init__(self, home: Path, footing: Footing, tuning: Tuning) -> None:
        self.home = home
        self.footing = footing
        self.tuning = tuning
        self.data = footing.data_root / str(footing.binaries.major)
        self.log = footing.data_root / f"{footing.binaries.major}.log"

    @property
    def is_new(self) -> bool:
        """Tell whether nothing has been made here yet."""
        return not (self.data / "PG_VERSION").exists()

    def check(self) -> None:
        """Refuse, before anything is touched, what could only end badly."""
        self._check_version()
        self._check_room()
        if not self.is_new and self.data.stat().st_uid != self.footing.owner_uid:
            owner, own = self.data.stat().st_uid, self.footing.owner_uid
            raise HomeNotWritable(
                f"The database in {self.data} belongs to the account with the number {owner}, not to {own}.",
                hint="Run Stoa as the account that made this home, or choose another home with STOA_HOME.",
            )

    def _check_version(self) -> None:
        wanted = str(self.footing.binaries.major)
        found = {path.parent.name: path.read_text().strip() for path in self.data.parent.glob("*/PG_VERSION")}
        inside = found.get(wanted, wanted)
        others = sorted(set(found.values()) - {wanted}) if wanted not in found else [inside] if inside != wanted else []
        if others:
            raise OtherMajorVersion(
                f"The home {self.home} holds data of PostgreSQL {others[0]}, and this Stoa runs PostgreSQL {wanted}.",
                hint=way_from(others[0]),
            )

    def _check_room(self) -> None:
        needed = self.tuning.first_start_free_mb if self.is_new else self.tuning.start_free_mb
        room = os.statvfs(self.data.parent)
        free = room.f_bavail * room.f_frsize >> 20
        if free < needed:
            raise DiskFull(
                f"The disk of {self.data.parent} has {free} MB free, and PostgreSQL needs {needed} MB to start.",
                hint="Free some room, or choose a home on another disk with STOA_HOME.",
            )

    async def make(self) -> None:
        """Make an empty cluster beside its place and move it there whole, so that a half-made one is never found."""
        for draft in self.data.parent.glob(".making-*"):
            await asyncio.to_thread(shutil.rmtree, draft, True)
        draft = Path(tempfile.mkdtemp(prefix=".making-", dir=self.data.parent))
        self.footing.give(draft)
        options = ["--username", SUPERUSER, "--auth", "peer", "--encoding", "UTF8", "--locale", "C"]
        if self.footing.binaries.major >= 17:
            options += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        command = self.footing.command(
            self.footing.binaries.initdb,
            "-D",
            str(draft / "data"),
            *options,
            "--no-instructions",
            death_signal=signal.SIGTERM,
        )
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment(),
            start_new_session=True,
        )
        output, _ = await process.communicate()
        if process.returncode == 0:
            (draft / "data").rename(self.data)
        await asyncio.to_thread(shutil.rmtree, draft, True)
        if process.returncode != 0:
            raise diagnose(output.decode(errors="replace"), self.data, "PostgreSQL could not make its data directory")

    def configure(self, sockets: Path) -> None:
        """Write the configuration; an operator's additions go into postgresql.extra.conf beside the data."""
        extra = self.data.parent / "postgresql.extra.conf"
        lines = [
            f"# Written by Stoa at each start; your own settings go into {extra}.",
            *self.tuning.lines(self.footing.binaries.major),
            f"unix_socket_directories = '{sockets}'",
        ]
        if extra.exists():
            lines.append("include = '" + str(extra).replace("'", "''") + "'")
        peer = self.footing.peer.replace('"', '""')
        self._write("postgresql.conf", lines)
        self._write("pg_hba.conf", ["local all all peer map=stoa"])
        self._write("pg_ident.conf", [f'stoa "{peer}" all'])

    def _write(self, name: str, lines: list[str]) -> None:
        path = self.data / name
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o600)
        self.footing.give(path)

    def socket_folder(self) -> Path:
        """Return a private folder for the socket: in the home, or a short one elsewhere when the home lies too deep."""
        folder = self.data.parent / "run"
        if not _can_hold_a_socket(folder):
            folder = runtime_folder(self.home)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid not in {os.geteuid(), self.footing.owner_uid}:
            raise PostgresUnavailable(
                f"The folder {folder} for the database socket belongs to somebody else.",
                hint=f"Remove {folder}, or choose a home with a shorter path.",
            )
        folder.chmod(0o700)
        self.footing.give(folder)
        return folder


def runtime_folder(home: Path) -> Path:
    """Return the short private folder in which the socket of a deep home lies."""
    name = f"stoa-{os.geteuid()}-{sha256(os.fsencode(home.resolve())).hexdigest()[:12]}"
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return Path(runtime if runtime and len(runtime) < 40 and Path(runtime).is_dir() else "/tmp") / name  # noqa: S108 (0700, owner checked)


def _can_hold_a_socket(folder: Path) -> bool:
    path = os.fsencode(folder / f".s.PGSQL.{PORT}")
    return len(path) <= SOCKET_PATH_LIMIT_BYTES and not set(str(folder)) & set("',\"\\\n")


def refused(home: Path, error: OSError) -> PostgresUnavailable:
    """Turn a refusal of the operating system into an error that says what to do."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull(f"The disk of {home} is full.", hint="Free some room and start again.")
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM} and str(error.filename).startswith(str(home)):
        return HomeNotWritable(
            f"The home {home} cannot be written: {error.strerror}.",
            hint="Give this account the right to write there, or choose another home with STOA_HOME.",
        )
    return PostgresUnavailable(
        f"The system refused PostgreSQL: {error}.", hint="`stoa doctor` explains each requirement."
    )


def environment() -> dict[str, str]:
    """Return our environment without what would steer PostgreSQL's programs elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def diagnose(output: str, data: Path, sentence: str) -> PostgresUnavailable:
    """Turn what PostgreSQL said last into an error that says what to do."""
    last = [line for line in output.splitlines() if line.strip()][-6:]
    if "No space left on device" in output or "Disk quota exceeded" in output:
        return DiskFull(
            f"{sentence}: the disk of {data.parent} is full.",
            hint="Free some room and start again; what was committed is kept.",
        )
    if "Read-only file system" in output or "Permission denied" in output:
        return HomeNotWritable(
            f"{sentence}: {data.parent} cannot be written.",
            hint="Give this account the right to write there, or choose another home with STOA_HOME.",
        )
    return PostgresUnavailable(f"{sentence}: {' / '.join(last) or 'it said nothing'}.", hint=f"Its log is {data}.log.")
