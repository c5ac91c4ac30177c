"""As whom PostgreSQL runs and where its data lies: as ourselves, in a user namespace, or as another account."""

import asyncio
import os
import pwd
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from stoa.kit.engines.postgres import launch
from stoa.kit.engines.postgres.binaries import Binaries
from stoa.kit.engines.postgres.errors import NoAccount

SHELTER = Path("/var/lib/stoa")
ACCOUNT = "stoa"
# 65534 last: from inside a namespace every other account looks like it, and peer could not tell us from them.
STAND_INS = ("daemon", "bin", "nobody")


@dataclass(frozen=True)
class Footing:
    """How the programs are launched, who owns their files, and the name under which we knock at the socket."""

    data_root: Path
    binaries: Binaries
    peer: str
    owner_uid: int
    owner_gid: int
    launch_options: tuple[str, ...] = ()

    def command(self, program: Path, *arguments: str, death_signal: signal.Signals) -> Sequence[str]:
        """Return the command line that runs a program on this footing and has it die with this process."""
        options = ("--owner", str(os.getpid()), "--death-signal", str(int(death_signal)), *self.launch_options)
        return (*_launcher(), *options, "--", str(program), *arguments)

    def give(self, path: Path) -> None:
        """Hand a file or folder that we wrote to the account that PostgreSQL runs as."""
        if path.stat().st_uid != self.owner_uid:
            os.chown(path, self.owner_uid, self.owner_gid)


async def find_footing(home: Path, binaries: Binaries, *, shelter: Path = SHELTER, account: str = ACCOUNT) -> Footing:
    """Choose the footing: PostgreSQL refuses root, and initdb refuses an account without a name."""
    uid, gid, root = os.geteuid(), os.getegid(), home / "postgres"
    own_name = _name_of(uid)
    if uid != 0 and own_name is not None:
        return Footing(root, binaries, own_name, uid, gid)
    sheltered = root / "location"
    stand_in = _stand_in()
    if not sheltered.exists() and stand_in is not None:
        options = ("--namespace", str(stand_in.pw_uid), str(stand_in.pw_gid))
        if await _works(options):
            return Footing(root, binaries, stand_in.pw_name, uid, gid, options)
    if uid != 0 or own_name is None:
        raise NoAccount(
            f"The account with the number {uid} has no name here, and user namespaces are off.",
            hint="Add a line for it to /etc/passwd, or run Stoa as an account that has one.",
        )
    if any(root.glob("[0-9]*/PG_VERSION")):
        raise NoAccount(
            f"The data in {root} was made inside a user namespace, and user namespaces are off now.",
            hint="Turn them on (sysctl user.max_user_namespaces), or run Stoa as the account that owns the home.",
        )
    return await _sheltered(home, sheltered, binaries, shelter, account, own_name)


async def _sheltered(
    home: Path, pointer: Path, binaries: Binaries, shelter: Path, account: str, own_name: str
) -> Footing:
    servant = await _account(account)
    place = await asyncio.to_thread(_place_in, shelter, home, servant)
    copy = await asyncio.to_thread(binaries.copied_to, shelter)
    await asyncio.to_thread(pointer.write_text, f"{place}\n")
    options = ("--account", str(servant.pw_uid), str(servant.pw_gid))
    return Footing(place, copy, own_name, servant.pw_uid, servant.pw_gid, options)


def _place_in(shelter: Path, home: Path, servant: pwd.struct_passwd) -> Path:
    place = shelter / "homes" / sha256(os.fsencode(home.resolve())).hexdigest()[:16]
    place.mkdir(parents=True, exist_ok=True)
    for folder in (shelter, shelter / "homes"):
        folder.chmod(0o755)
    os.chown(place, servant.pw_uid, servant.pw_gid)
    place.chmod(0o700)
    return place


async def _account(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        pass
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is not None:
        options = ("--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin")
        process = await asyncio.create_subprocess_exec(program, *options, name, stderr=asyncio.subprocess.DEVNULL)
        if await process.wait() == 0:
            return pwd.getpwnam(name)
    raise NoAccount(
        f"PostgreSQL refuses to run as root, user namespaces are off, and no account named {name} could be made.",
        hint=f"Run `useradd --system {name}`, or run Stoa as an ordinary account.",
    )


async def _works(options: tuple[str, ...]) -> bool:
    arguments = ("--owner", str(os.getpid()), "--death-signal", str(int(signal.SIGKILL)), *options)
    process = await asyncio.create_subprocess_exec(*_launcher(), *arguments, stderr=asyncio.subprocess.DEVNULL)
    return await process.wait() == 0


def _launcher() -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", str(Path(launch.__file__).resolve()))


def _stand_in() -> pwd.struct_passwd | None:
    for name in STAND_INS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _name_of(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None
