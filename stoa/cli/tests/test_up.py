"""`stoa up` and `stoa status` on a home that is in use, idle, or wrongly set."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from stoa.app.home import Home, Running, ServiceState
from stoa.cli.main import run

URL = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def no_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stoa.kit.telemetry.logs.configure_logs", lambda **_: None)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def owned(home: Home) -> Iterator[Home]:
    """A home on which a platform runs, by its own word."""
    states = [ServiceState(name=name, pid=os.getpid(), state="running") for name in ("courses", "live")]
    with home.held():
        home.announce(
            Running(url=URL, content_url="", home=str(home.root), mode="embedded", services=states, accounts=[])
        )
        yield home


@pytest.mark.parametrize("more", [[], ["--split"]])
def test_a_second_start_is_told_of_the_first_even_where_only_its_port_is_asked_for(
    owned: Home, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        code = run(["up", "--home", str(owned.root), "--port", port, *more])

    told = capsys.readouterr().err
    assert code == 3
    assert f"already running on {owned.root}: {URL}, process {os.getpid()}" in told
    assert "listen" not in told


def test_what_runs_is_said_in_few_lines(owned: Home, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["status", "--home", str(owned.root)])

    told = capsys.readouterr().out
    assert code == 0
    assert f"Stoa runs: {URL}" in told
    assert f"Process: {os.getpid()}, with all 2 services" in told
    assert "Ctrl-C" not in told


def test_where_nothing_runs_the_command_that_starts_it_is_whole(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["status", "--home", str(home.root)])

    assert (code, f"stoa up --home {home.root}" in capsys.readouterr().out) == (1, True)


def test_status_finds_the_slips_that_a_start_would_find(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STOA_PROT", "9000")

    code = run(["status", "--home", str(home.root)])

    assert (code, "Did you mean STOA_PORT?" in capsys.readouterr().err) == (2, True)


def test_a_database_that_is_not_there_is_said_with_its_setting_and_without_its_password(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("STOA_DATABASE_URL", f"postgresql://ada:canary@127.0.0.1:{nobody.getsockname()[1]}/stoa")

        code = run(["migrate", "--home", str(home.root)])

    told = capsys.readouterr().err
    assert (code, "STOA_DATABASE_URL" in told, "canary" in told) == (3, True, False)
