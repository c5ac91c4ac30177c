"""What the doctor finds on machines that lack something."""

import functools
import json
import os
import re
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stoa.app.home import Home, HomeUnusable, Running
from stoa.cli import machine
from stoa.kit.clock import ManualClock


def test_a_sound_machine_is_found_sound(tmp_path: Path) -> None:
    environment = {"STOA_HOME": str(tmp_path / "home"), "STOA_PORT": "0", "STOA_CONTENT_PORT": "0"}

    found = machine.examine(environment, clock=ManualClock(datetime(2100, 1, 1, tzinfo=UTC)))

    assert [one.name for one in found if one.state == "fail"] == []
    assert not (tmp_path / "home").exists()


def test_a_home_that_is_a_file_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert machine.check_home(tmp_path / "file" / "home").state == "fail"


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("stoa.cli.machine.tempfile.TemporaryFile", refuse)

    found = machine.check_home(tmp_path / "home")

    assert found.state == "fail"
    assert "STOA_HOME" in found.advice


def test_little_room_warns_and_hardly_any_fails(tmp_path: Path) -> None:
    assert machine.check_disk(tmp_path, least=0, comfortable=2**60).state == "warn"
    assert machine.check_disk(tmp_path, least=2**60).state == "fail"


@pytest.mark.parametrize(("major", "advice"), [("16", "--postgres 16"), ("15", "the Stoa that wrote it")])
def test_data_of_another_postgresql_is_refused_with_what_to_do(tmp_path: Path, major: str, advice: str) -> None:
    (tmp_path / "postgres" / major).mkdir(parents=True)
    (tmp_path / "postgres" / major / "PG_VERSION").write_text(f"{major}\n")

    found = machine.check_data(tmp_path)

    assert found.state == "fail"
    assert f"PostgreSQL {major}" in found.sentence
    assert advice in found.advice
    assert "stoa restore" in found.advice


def test_the_database_of_another_account_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "18").mkdir(parents=True)
    (tmp_path / "postgres" / "18" / "PG_VERSION").write_text("18\n")

    assert machine.check_data(tmp_path).state == "ok"
    assert machine.check_data(tmp_path, uid=os.geteuid() + 1).state == "fail"


def test_a_home_that_may_not_be_looked_into_is_said_and_breaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "access", lambda *_: False)
    closed = machine.check_data(tmp_path / "home" / "deeper")
    monkeypatch.setattr(Home, "check_format", refuse)
    home = machine.check_home(tmp_path / "home")

    assert (closed.state, home.state) == ("warn", "fail")
    assert "Permission denied" in home.sentence


@pytest.mark.parametrize(
    ("name", "content", "words"), [("format", "9", "another Stoa"), ("thesis.odt", "", "other things (thesis.odt)")]
)
def test_a_folder_that_is_no_home_of_ours_is_refused_as_a_start_would(
    tmp_path: Path, name: str, content: str, words: str
) -> None:
    (tmp_path / name).write_text(content)

    found = machine.check_home(tmp_path)

    assert (found.state, words in found.sentence) == ("fail", True)
    with pytest.raises(HomeUnusable, match=re.escape(words)):
        Home(tmp_path).prepare()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_home_whose_making_was_cut_short_is_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "format").touch()

    assert machine.check_home(tmp_path).state == "ok"
    Home(tmp_path).prepare()
    assert (tmp_path / "format").read_text() == "1\n"


def test_settings_are_found_wrong_as_a_start_would_find_them() -> None:
    slip = machine.check_settings({"STOA_PROT": "1"})
    same = machine.check_settings({"STOA_PORT": "9000", "STOA_CONTENT_PORT": "9000"})

    assert (slip.state, "STOA_PORT?" in slip.sentence) == ("fail", True)
    assert (same.state, "an origin of its own" in same.sentence) == ("fail", True)
    assert machine.check_settings({}).state == "ok"


def test_a_port_in_use_fails_unless_our_own_platform_holds_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ours = Running(
            url=f"http://127.0.0.1:{port}", content_url="", home="", mode="embedded", services=[], accounts=[]
        )
        home.announce(ours)
        asked = functools.partial(machine.check_port, "port", "127.0.0.1", port, home=tmp_path)

        left_behind = asked()
        with home.held():
            elsewhere = asked()
            home.announce(ours)
            held = asked()

    assert (left_behind.state, elsewhere.state, held.state) == ("fail", "fail", "ok")
    assert "--port" in left_behind.advice


def test_an_address_of_another_machine_cannot_be_listened_on(tmp_path: Path) -> None:
    assert machine.check_port("port", "192.0.2.1", 8000, home=tmp_path).state == "fail"


def test_a_clock_before_the_installation_is_wrong() -> None:
    assert machine.check_clock(ManualClock(datetime(2001, 1, 1, tzinfo=UTC))).state == "fail"


def test_little_memory_warns(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemAvailable:   100000 kB\n")

    assert machine.check_memory(tmp_path / "meminfo").state == "warn"


def test_an_ordinary_account_needs_nothing() -> None:
    assert machine.check_account(uid=1000).state == "ok"


@pytest.mark.parametrize("check", [machine.check_ffmpeg, lambda: machine.check_chromium({})])
def test_what_is_only_liked_warns(check: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert callable(check)

    assert check().state == "warn"


def test_the_answer_in_json_has_a_state_a_sentence_and_advice_for_each(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "stoa", "doctor", "--json", "--home", str(tmp_path / "file"), "--port", "0"]

    done = subprocess.run(command, capture_output=True, text=True, env=os.environ.copy(), check=False)

    answer = json.loads(done.stdout)
    assert done.returncode == 3
    assert answer["state"] == "fail"
    assert {"name", "state", "sentence", "advice"} <= set(answer["checks"][0])
    assert [one["name"] for one in answer["checks"] if one["state"] == "fail"] == ["home"]


def test_uploads_that_nobody_searches_are_said_plainly_and_a_scanner_that_is_away_too(tmp_path: Path) -> None:
    address = f"clamd://{tmp_path}/clamd.ctl"
    none, away = machine.check_scanner({}), machine.check_scanner({"STOA_MEDIA_SCANNER": address})
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "clamd.ctl"))
        listening.listen()
        there = machine.check_scanner({"STOA_MEDIA_SCANNER": address})

    assert (none.state, away.state, there.state) == ("warn", "warn", "ok")
    assert "not searched" in none.sentence
    assert "quarantine" in away.sentence


def test_a_conference_server_that_is_away_is_named_and_none_is_no_fault() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        there = f"ws://127.0.0.1:{listening.getsockname()[1]}"
        named = {"STOA_CONFERENCES": "livekit,hls", "STOA_LIVEKIT_URL": there}
        findings = [
            machine.check_conferences({}),
            machine.check_conferences(named),
            machine.check_conferences({**named, "STOA_LIVEKIT_URL": "ws://127.0.0.1:9"}),
            machine.check_conferences({"STOA_CONFERENCES": "jitsi"}),
            machine.check_conferences({"STOA_CONFERENCES": "jitsi", "STOA_JITSI_URL": "https://jitsi.invalid"}),
        ]

    assert [one.state for one in findings] == ["ok", "ok", "warn", "warn", "warn"]
    assert "STOA_LIVEKIT_URL" in findings[2].advice


@pytest.mark.parametrize(("limit", "state"), [(1_024, "warn"), (20_000, "ok"), (-1, "ok")])
def test_a_class_of_thousands_needs_as_many_files(limit: int, state: str) -> None:
    found = machine.check_files(limit)

    assert found.state == state
    assert ("ulimit" in found.advice) == (state == "warn")


def test_the_port_of_the_sockets_in_use_keeps_nothing_from_running(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = {"STOA_SOCKETS_PORT": str(taken.getsockname()[1])}

        found = machine.check_sockets_port(environment, 8001, home=tmp_path)

    assert found.state == "warn"
    assert "STOA_SOCKETS_PORT" in found.advice
