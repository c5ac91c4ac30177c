"""Who owns a home, and who only looks."""

import fcntl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stoa.app.home import Home, HomeInUse

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
