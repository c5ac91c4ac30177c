"""Turns itself into a PostgreSQL program: own session, unprivileged, and told when its owner dies.

It is run as a file by a bare interpreter (`python -I -S launch.py ...`), so it may import the standard library only.
The death signal is set last, because gaining or dropping rights clears it.
"""

import argparse
import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
CANNOT_DROP_RIGHTS = 97
OWNER_IS_GONE = 98


def enter_namespace(uid: int, gid: int) -> None:
    """Appear as an unprivileged account inside a user namespace of this process's own."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")


def become(uid: int, gid: int) -> None:
    """Give up root for an unprivileged account, for good."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with(owner: int, signal_number: int) -> None:
    """Ask the kernel for a signal at the owner's death, and leave when it is dead already."""
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal_number) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != owner:
        sys.exit(OWNER_IS_GONE)


def main() -> None:
    """Read the footing from the arguments, take it, and execute the program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--owner", type=int, required=True)
    parser.add_argument("--death-signal", type=int, required=True)
    parser.add_argument("--namespace", type=int, nargs=2)
    parser.add_argument("--account", type=int, nargs=2)
    parser.add_argument("program", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    try:
        if arguments.namespace:
            enter_namespace(*arguments.namespace)
        if arguments.account:
            become(*arguments.account)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(CANNOT_DROP_RIGHTS)
    os.umask(0o077)
    die_with(arguments.owner, arguments.death_signal)
    program = arguments.program[1:] if arguments.program[:1] == ["--"] else arguments.program
    if program:
        os.execv(program[0], program)  # noqa: S606 (the program is one of our own binaries, without a shell)


if __name__ == "__main__":
    main()
