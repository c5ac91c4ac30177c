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
    ],
)
def test_the_internal_port_stays_inside_when_the_pages_go_out(
    arguments: list[str], expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def noting(*_: object, **sockets: socket.socket) -> None:
        for one in sockets.values():
            opened.append(one.getsockname()[0])
            one.close()

    monkeypatch.setattr(serve, "run_service", noting)
    monkeypatch.setattr(serve, "run_gateway", noting)
    monkeypatch.setattr(serve, "configure_logs", lambda **_: None)
    monkeypatch.setattr(serve.uvloop, "run", lambda done: None)
    for name, value in (("STOA_HOST", "0.0.0.0"), ("STOA_PORT", "0"), ("STOA_CONTENT_PORT", "0")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STOA_HOME", str(tmp_path))

    done = CliRunner().invoke(serve.serve, [*arguments, *(() if "gateway" in arguments else ("--ports-port", "0"))])

    assert done.exit_code == 0, done.output
    assert opened == expected
