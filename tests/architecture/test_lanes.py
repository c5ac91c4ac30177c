"""Suites run side by side: all are told of, one that fails fails the whole, and Ctrl-C leaves nothing behind."""

import io
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import pytest

from scripts import lanes
from scripts import test as suites_of
from scripts.lanes import Commands, Job, Lanes, Outcome
from scripts.test import Suite
from tests.architecture.tree import ROOT
from tests.harness.processes import eventually, is_alive

PATIENCE_S = 60.0
WAITS_FOR_EVER = (
    "import os, pathlib, signal; print('began', flush=True);"
    "pathlib.Path({mine!r}).write_text(str(os.getpid())); signal.pause()"
)


def suite(name: str, *, code: int = 0, is_alone: bool = False) -> Suite:
    """Return a suite that writes two lines and ends with a code."""
    program = f"import sys; print('{name} begins', flush=True); print('{name} ends', file=sys.stderr); sys.exit({code})"
    return Suite(name, f"what {name} covers", (sys.executable, "-c", program), is_pytest=False, is_alone=is_alone)


def side_by_side(*jobs: Job, out: IO[str] | None = None) -> list[Outcome]:
    """Run jobs in two lanes."""
    return Lanes(2, Commands(), tell=lambda _: None, out=out or io.StringIO()).carry_out(jobs)


def test_two_jobs_run_at_a_time_and_the_third_when_one_of_them_has_ended() -> None:
    both = threading.Barrier(2)
    met: list[bool] = []

    def meet(out: IO[bytes] | None) -> bool:
        both.wait(PATIENCE_S)
        met.append(True)
        return True

    def last(out: IO[bytes] | None) -> bool:
        return bool(met)

    outcomes = side_by_side(Job("one", meet), Job("other", meet), Job("third", last))

    assert sorted(outcome.name for outcome in outcomes if outcome.passed) == ["one", "other", "third"]


def test_each_output_is_shown_whole_though_they_were_written_in_turns(capfd: pytest.CaptureFixture[str]) -> None:
    turns = threading.Barrier(2)

    def talk(name: str, out: IO[bytes] | None) -> bool:
        assert out is not None
        for line in range(3):
            turns.wait(PATIENCE_S)
            out.write(f"{name} {line}\n".encode())
            out.flush()
        return True

    side_by_side(Job("a", lambda out: talk("a", out)), Job("b", lambda out: talk("b", out)))

    a, b = ("".join(f"{name} {line}\n" for line in range(3)) for name in "ab")
    assert capfd.readouterr().out in (a + b, b + a)


def test_what_runs_is_said_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "SAY_EVERY_S", 0.0)
    said = io.StringIO()

    def wait(out: IO[bytes] | None) -> bool:
        eventually(lambda: "long 1 s" in said.getvalue(), why="the line says how long it runs")
        return True

    outcomes = side_by_side(Job("long", wait), out=said)

    assert outcomes[0].passed


def test_one_suite_that_fails_fails_the_whole_and_all_are_shown(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    every = [suite("first", is_alone=True), suite("bad", code=3), suite("good"), suite("fine")]
    monkeypatch.setattr(suites_of, "suites", lambda: every)

    code = suites_of.main([])

    shown = capfd.readouterr()
    assert code == 1
    for each in every:
        assert f"{each.name} begins\n" in shown.out
        assert f"] {each.name}: what {each.name} covers" in shown.err
        assert f"{each.name} ends\n" in shown.out + shown.err
    summary = [line.split()[:2] for line in shown.err.splitlines()[-4:]]
    assert summary == [["ok", "first"], ["FAILED", "bad"], ["ok", "good"], ["ok", "fine"]]


def test_only_the_suites_named_run_and_one_alone_shows_its_output_as_it_comes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(suites_of, "suites", lambda: [suite("one"), suite("two", code=1), suite("three")])
    written: list[IO[bytes] | None] = []
    real = Commands.run

    def spy(self: Commands, *args: object, out: IO[bytes] | None, **more: object) -> int:
        written.append(out)
        return real(self, *args, out=out, **more)  # type: ignore[arg-type] # handed on as it came

    monkeypatch.setattr(Commands, "run", spy)

    codes = [suites_of.main(["three"]), suites_of.main(["none"])]

    shown = capfd.readouterr()
    assert codes == [0, 2]
    assert written == [None]
    assert "three begins" in shown.out and "one begins" not in shown.out
    assert "There are these suites: one, two, three." in shown.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_every_lane_and_leaves_no_process(number: signal.Signals, tmp_path: Path) -> None:
    places = [tmp_path / name for name in ("one", "two")]
    programs = {place.name: WAITS_FOR_EVER.format(mine=str(place)) for place in places}
    main = f"""
import sys
from scripts import test
test.suites = lambda: [test.Suite(name, '', (sys.executable, '-c', program), is_pytest=False)
                       for name, program in {programs!r}.items()] + [test.Suite('late', '', ('false',))]
sys.exit(test.main([]))
"""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", main], cwd=ROOT, text=True, **pipes) as runner:
        eventually(lambda: all(place.exists() and place.read_text() for place in places), why="both run")
        runner.send_signal(number)
        shown, errors = runner.communicate(timeout=PATIENCE_S)

    assert runner.returncode == lanes.INTERRUPTED
    assert not any(is_alive(int(place.read_text())) for place in places)
    assert shown.count("began\n") == 2, "how far they came is shown"
    assert "late" not in errors


def test_what_does_not_heed_a_signal_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    child = tmp_path / "child"
    program = (
        "import signal, subprocess, sys; signal.signal(signal.SIGINT, signal.SIG_IGN);"
        f"subprocess.run([sys.executable, '-c', {WAITS_FOR_EVER.format(mine=str(child))!r}])"
    )
    commands, codes = Commands(), list[int]()

    def run() -> None:
        codes.append(commands.run((sys.executable, "-c", program), folder=tmp_path, environment={}, out=None))

    thread = threading.Thread(target=run)
    thread.start()
    eventually(lambda: child.exists() and child.read_text(), why="it has started another")
    commands.stop(patience_s=0.0)
    thread.join(PATIENCE_S)

    eventually(lambda: not is_alive(int(child.read_text())), why="the child is gone too")
    assert codes == [-signal.SIGKILL]
    assert commands.run(("true",), folder=tmp_path, environment={}, out=None) == lanes.INTERRUPTED
