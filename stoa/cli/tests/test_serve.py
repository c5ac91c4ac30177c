"""`stoa serve`: which door is opened to whom."""

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from stoa.cli import serve


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--service", "people"], ["0.0.0.0", "127.0.0.1"]),
        (["--role", "gateway", "--content-port", "0"], ["0.0.0.0", "0.0.0.0"]),
        (["--role", "sockets"], ["0.0.0.0"]),
    ],
)
def test_the_internal_port_stays_inside_when_the_pages_go_out(
    arguments: list[str], expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def noting(*given: object, **named: object) -> None:
        for one in (*given, *named.values()):
            if isinstance(one, socket.socket):
                opened.append(one.getsockname()[0])
                one.close()

    monkeypatch.setattr(serve, "run_service", noting)
    monkeypatch.setattr(serve, "run_gateway", noting)
    monkeypatch.setattr(serve, "run_sockets", noting)
    monkeypatch.setattr(serve, "configure_logs", lambda **_: None)
    monkeypatch.setattr(serve.uvloop, "run", lambda done: None)
    for name, value in (("STOA_HOST", "0.0.0.0"), ("STOA_PORT", "0"), ("STOA_CONTENT_PORT", "0")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STOA_HOME", str(tmp_path))

    done = CliRunner().invoke(serve.serve, [*arguments, *(("--ports-port", "0") if "--service" in arguments else ())])

    assert done.exit_code == 0, done.output
    assert opened == expected
