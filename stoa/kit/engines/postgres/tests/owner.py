"""A program that owns an embedded PostgreSQL until a line on stdin tells it to stop; for tests that kill it."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import asyncpg

from stoa.kit.engines.postgres.cluster import Tuning
from stoa.kit.engines.postgres.server import EmbeddedPostgres
from stoa.kit.errors import StoaError


async def own(home: Path, tuning: Tuning) -> None:
    """Start, report, obey `ask` and `stop`."""
    interrupted = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
    postgres = EmbeddedPostgres(home, tuning=tuning)
    try:
        endpoint = await postgres.start()
    except StoaError as error:
        print(json.dumps({"code": error.code, "detail": error.detail, "hint": error.hint}), flush=True)
        sys.exit(error.exit_code)
    print(json.dumps({"pid": postgres.status.pid, "dsn": endpoint.dsn()}), flush=True)
    while (line := await asyncio.to_thread(sys.stdin.readline)).strip() != "stop" and line:
        if line.strip() == "await-interrupt":
            await interrupted.wait()
        connection = await asyncpg.connect(endpoint.dsn())
        answer = await connection.fetchval("select 40 + 2")
        await connection.close()
        print(json.dumps({"answer": answer, "interrupted": interrupted.is_set()}), flush=True)
    await postgres.stop()
    print(json.dumps({"state": postgres.status.state}), flush=True)


if __name__ == "__main__":
    floors = Tuning(first_start_free_mb=int(sys.argv[2]), start_free_mb=1) if len(sys.argv) > 2 else Tuning()
    asyncio.run(own(Path(sys.argv[1]), floors))
