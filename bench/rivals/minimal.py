"""The limit: the smallest Starlette + asyncpg program that runs the statements which Stoa runs."""

import contextlib
import os
import pickle
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

RECORD = pickle.loads(Path(os.environ["BENCH_RECORD"]).read_bytes())
PEOPLE = RECORD["people"]
ANSWERS = {name: msgspec.json.decode(body) for name, body in RECORD["answers"].items()}
encode = msgspec.json.Encoder().encode
pool: asyncpg.Pool


async def keep_session(connection: asyncpg.Connection) -> None:
    """Leave the session as it is: the platform does not reset it either."""


async def with_codecs(connection: asyncpg.Connection) -> None:
    """Read and write JSON as the platform does."""
    decode = msgspec.json.Decoder().decode
    for name, prefix in (("json", b""), ("jsonb", b"\x01")):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=lambda value, prefix=prefix: prefix + encode(value),
            decoder=lambda wire, skip=len(prefix): decode(wire[skip:]),
            format="binary",
        )


async def start() -> None:
    """Open the pool."""
    global pool  # noqa: PLW0603 (the smallest program keeps its pool where everybody sees it)
    pool = await asyncpg.create_pool(
        host=os.environ["BENCH_PG"], database="stoa", user="stoa", min_size=20, max_size=20,
        statement_cache_size=4096, max_cached_statement_lifetime=0, reset=keep_session, init=with_codecs,
        server_settings={"jit": "off"},
    )  # fmt: skip


def learner(request: Request) -> Any | None:
    """Look the token up and its role."""
    person = PEOPLE.get(request.headers["authorization"].removeprefix("Bearer "))
    return person if person is not None and "learner" in person["roles"] else None


async def read(request: Request) -> Response:
    """Read a unit."""
    person = learner(request)
    if person is None:
        return Response(status_code=403)
    for statement in person["read"]:
        async with pool.acquire() as connection:
            await connection.fetch(statement[0], *statement[1])
    return Response(encode(ANSWERS["read"]), media_type="application/json")


async def write(request: Request) -> Response:
    """Record a progress event."""
    person = learner(request)
    if person is None:
        return Response(status_code=403)
    await request.body()
    for statement in person["before"]:
        async with pool.acquire() as connection:
            await connection.fetch(statement[0], *statement[1])
    async with pool.acquire() as connection:
        await connection.execute("BEGIN")
        for statement in person["write"]:
            await connection.fetch(statement[0], *statement[1])
        await connection.execute("COMMIT")
    return Response(encode(ANSWERS["write"]), media_type="application/json")


@contextlib.asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    """Open the pool for as long as the program runs."""
    await start()
    yield


app = Starlette(routes=[Route("/read", read), Route("/write", write, methods=["POST"])], lifespan=lifespan)
