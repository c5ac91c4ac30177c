"""Listening sockets: whose they are."""

import asyncio
import errno
import logging
import os
import socket

import pytest

from stoa.app.serving import bind, is_news
from stoa.kit.errors import EnvironmentProblem


async def test_a_child_that_was_not_given_a_listening_socket_does_not_keep_its_port():
    listening = bind("127.0.0.1", 0, setting="STOA_PORT")
    inode = f"socket:[{os.fstat(listening.fileno()).st_ino}]"
    list_mine = ["python", "-c", "import os; print([os.readlink(f'/proc/self/fd/{fd}') for fd in range(64) if"
                 " os.path.lexists(f'/proc/self/fd/{fd}')])"]  # fmt: skip

    async def held_by_a_child(*given: int) -> bool:
        child = await asyncio.create_subprocess_exec(*list_mine, stdout=asyncio.subprocess.PIPE, pass_fds=given)
        return inode in (await child.communicate())[0].decode()

    assert not await held_by_a_child()
    assert await held_by_a_child(listening.fileno())
    listening.close()


def test_a_browser_that_asks_for_a_socket_at_the_wrong_door_is_not_in_the_log():
    def said(words: str) -> logging.LogRecord:
        return logging.LogRecord("uvicorn.error", logging.WARNING, "", 0, words, (), None)

    assert not is_news(said("Unsupported upgrade request."))
    assert not is_news(said("No supported WebSocket library detected. Please use \"pip install 'uvicorn[standard]'\""))
    assert is_news(said("Invalid HTTP request received."))


@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.EADDRINUSE, "--content-port"), (errno.EACCES, "from 1024 on"), (errno.EADDRNOTAVAIL, "--host")],
)
def test_a_refused_address_is_said_with_what_helps(monkeypatch: pytest.MonkeyPatch, number: int, advice: str):
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "bind", refuse)

    with pytest.raises(EnvironmentProblem, match=r"127\.0\.0\.1:8001") as refused:
        bind("127.0.0.1", 8001, setting="STOA_CONTENT_PORT")

    assert advice in refused.value.hint
