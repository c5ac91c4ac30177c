"""Homes, servers and owners for the tests of the embedded PostgreSQL."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from stoa.kit.engines.postgres.server import EmbeddedPostgres
from stoa.kit.engines.postgres.tests import owner

PROJECT = Path(__file__).parents[5]


class Owner:
    """A child process that owns a server."""

    def __init__(self, home: Path, *arguments: str, through: tuple[str, ...] = ()) -> None:
        command = [*through, sys.executable, owner.__file__, str(home), *arguments]
        environment = os.environ | {"PYTHONPATH": str(PROJECT)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, env=environment, text=True, start_new_session=True, **pipes)

    def heard(self) -> dict[str, object]:
        """Return the next report of the owner."""
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"stderr": self.process.stderr.read()}

    def told(self, line: str) -> dict[str, object]:
        """Tell the owner something and return its report."""
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.heard()

    def killed(self) -> None:
        """End the owner without warning."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def home() -> Iterator[Path]:
    """A home with a short path that everybody may reach, as homes mostly are."""
    path = Path(tempfile.mkdtemp(prefix="stoa-pg-"))
    yield path / "home"
    shutil.rmtree(path)


@pytest.fixture
async def server_on() -> AsyncIterator[Callable[..., EmbeddedPostgres]]:
    """Make supervisors in this process, and stop each at the end."""
    made: list[EmbeddedPostgres] = []

    def make(home: Path, **options: object) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(home, **options))
        return made[-1]

    yield make
    for server in made:
        await server.stop()


@pytest.fixture
def owner_of() -> Iterator[Callable[..., Owner]]:
    """Make owning child processes, and end each at the end."""
    made: list[Owner] = []

    def make(home: Path, *arguments: str, through: tuple[str, ...] = ()) -> Owner:
        made.append(Owner(home, *arguments, through=through))
        return made[-1]

    yield make
    for each in made:
        each.process.stdin.close()
        each.process.wait()
        for pipe in (each.process.stdout, each.process.stderr):
            pipe.close()
