"""Who owns a home, and who only looks."""

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stoa.app.home import Home, HomeInUse, Running

HOLDING = """
import sys
from pathlib import Path
from stoa.app.home import Home
with Home(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def test_somebody_who_looks_whether_a_platform_runs_does_not_keep_one_from_starting(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, owned = threading.Event(), threading.Event()
    real = fcntl.flock

    def flock(file: int, kind: int) -> None:
        try:
            real(file, kind)
        except OSError:
            refused.set()
            raise

    def own() -> None:
        with home.held():
            owned.set()

    with (home.run / "lock").open("a+") as watcher:
        real(watcher, fcntl.LOCK_SH)
        monkeypatch.setattr(fcntl, "flock", flock)
        owner = threading.Thread(target=own)
        owner.start()
        assert refused.wait(10)
        real(watcher, fcntl.LOCK_UN)
        owner.join(10)

    assert owned.is_set()


def test_a_home_that_another_process_owns_is_refused_and_said_to_be_held(home: Home) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        other.stdout.readline()
        is_held = home.is_held()
        with pytest.raises(HomeInUse, match=str(other.pid)), home.held():
            pass
        other.stdin.close()

    assert is_held
    assert not home.is_held()


def running(home: Home) -> Running:
    return Running(
        url="http://127.0.0.1:8000", content_url="", home=str(home.root), mode="embedded", services=[], accounts=[]
    )


def test_who_starts_it_twice_is_told_where_it_runs_and_as_which_process(home: Home) -> None:
    with home.held():
        home.announce(running(home))
        with pytest.raises(HomeInUse) as refused, home.held():
            pass

    assert f"already running on {home.root}: http://127.0.0.1:8000, process {os.getpid()}" in refused.value.detail
    assert f"kill {os.getpid()}" in refused.value.hint


def test_a_command_at_work_on_the_home_is_not_called_a_platform(home: Home) -> None:
    with home.held(), pytest.raises(HomeInUse, match=f"Process {os.getpid()} is at work"), home.held():
        pass


def test_what_a_killed_platform_said_is_not_said_of_the_next_owner(home: Home) -> None:
    home.announce(running(home))

    with home.held():
        assert home.running() is None
