"""The server that lets everybody in listens to this machine only."""

import socket

import pytest

from stoa.cli.main import run


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org"])
def test_it_refuses_to_be_seen_by_others_in_one_sentence(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["sockets", "--conformance", "--port", "8999", "--host", host])

    assert code == 2
    assert f"it listens on this machine only, not on {host}" in capsys.readouterr().err


def test_a_port_in_use_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code = run(["sockets", "--conformance", "--port", str(taken.getsockname()[1])])

    assert code == 3
    assert "is in use" in capsys.readouterr().err
