"""The Valkey of `stoa up --split`: reached by this account alone, and there again after a kill."""

import os
from pathlib import Path

from stoa.kit.clock import SystemClock
from stoa.kit.engines.valkey.link import ValkeyLink
from stoa.kit.engines.valkey.server import LocalValkey


async def test_it_answers_on_a_private_socket_and_on_no_port_and_leaves_nothing() -> None:
    valkey = LocalValkey()
    path = Path(valkey.url.removeprefix("unix://"))
    await valkey.start()
    link = ValkeyLink(valkey.url, SystemClock(), deadline_s=5)
    try:
        await link.command("SET", "knot", "bowline")
        port = await link.command("CONFIG", "GET", "port")
        modes = [oct(one.stat().st_mode & 0o777) for one in (path.parent, path)]
        await link.aclose()
        assert valkey.pid is not None
        os.kill(valkey.pid, 9)
        await valkey.start()
        link = ValkeyLink(valkey.url, SystemClock(), deadline_s=5)
        again = await link.command("GET", "knot")
    finally:
        await link.aclose()
        await valkey.stop()

    assert port == {b"port": b"0"}
    assert modes == ["0o700", "0o600"]
    assert again is None, "it kept nothing"
    assert not path.parent.exists()
