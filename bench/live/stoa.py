"""Stoa's socket server alone on its core, with a token for everybody."""

import contextlib
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from bench.live.scale import scale
from bench.live.servers import Server, process
from bench.standing import free_port
from stoa.kit.clock import SystemClock
from stoa.kit.realtime.tokens import SocketTokens

CHANNEL = "load:bench"
_LASTING = timedelta(hours=2)
_SPEAKERS = 4


def write_tokens(path: Path, key: bytes, *, people: int, channel: str, speakers: int = _SPEAKERS) -> None:
    """Write for each of many people a token to connect and one to subscribe; the first few may publish."""
    tokens = SocketTokens(key, SystemClock())
    with path.open("w") as file:
        for number in range(people):
            user = f"load-{number}"
            connect = tokens.connection(user=user, expires_in=_LASTING)
            subscribe = tokens.subscription(user=user, channel=channel, expires_in=_LASTING, publish=number < speakers)
            file.write(f"{connect} {subscribe}\n")


@contextlib.asynccontextmanager
async def stoa_sockets() -> AsyncIterator[Server]:
    """Run `stoa serve --role sockets` by itself: tokens are checked, a history is kept, offsets are given."""
    port, secret = free_port(), secrets.token_hex(32)
    with tempfile.TemporaryDirectory(prefix="stoa-bench-live-") as folder:
        tokens = Path(folder) / "tokens"
        write_tokens(tokens, secret.encode(), people=scale().people, channel=CHANNEL)
        command = [sys.executable, "-m", "stoa", "serve", "--role", "sockets", "--port", str(port)]
        environment = {"STOA_HOME": str(Path(folder) / "home"), "STOA_SOCKETS_SECRET": secret}
        async with process(command, port, environment=environment) as pids:
            yield Server(name="Stoa", port=port, pids=pids, channel=CHANNEL, tokens=tokens)
