"""The live class measured in one run: a room of 8,000, rivals, three servers in trouble, ballots across a kill."""

import asyncio
import os
from collections.abc import Awaitable, Callable

import msgspec

from bench.live import capacity, programs
from bench.live.ballots import measure_ballots
from bench.live.notes import Notes
from bench.live.paint import measure_paint
from bench.live.rivals import measure_rivals
from bench.live.room import measure_room
from bench.live.scale import scale
from bench.live.stoa import stoa_sockets
from bench.live.trouble import measure_trouble
from bench.result import Result, machine, save, versions
from bench.rivals_environment import rival_versions
from stoa.kit.errors import StoaError

# What one part may fail with and the others go on: a run of ten minutes is not to be lost for it.
_FAILURES = (
    *(RuntimeError, OSError, LookupError, ValueError, ArithmeticError, AssertionError),
    *(programs.Missing, StoaError, msgspec.MsgspecError),
)


async def main() -> Result:
    """Run all parts, one after the other; each says on the way how far it is."""
    chosen, notes = scale(), Notes()
    only = os.environ.get("BENCH_ONLY", "").split()
    programs.built("load")
    programs.built("limit")
    parts: tuple[tuple[str, float, Callable[[], Awaitable[None]]], ...] = (
        ("the room of one core", 480, lambda: measure_room(notes, chosen, stoa_sockets)),
        ("the rivals", 180, lambda: measure_rivals(notes, chosen, stoa_sockets)),
        ("three servers in trouble", 180, lambda: measure_trouble(notes, chosen)),
        ("ballots across a kill", 180, lambda: measure_ballots(notes, chosen)),
        ("from key to paint", 240, lambda: measure_paint(notes, chosen)),
    )
    for name, most_s, measure in parts:
        if only and not any(word in name for word in only):
            continue
        try:
            async with asyncio.timeout(most_s):
                await measure()
        except _FAILURES as error:
            why = f"{type(error).__name__} {error}".strip()
            notes.gap(f"Not measured to its end: {name} ({why}).")
            notes.promise(f"{name}: measured to its end", 0.0, at_least=1.0)
    result = Result(
        name="live",
        scenario=_scenario(chosen.people, chosen.rounds, chosen.rival_people)
        + "".join(f" {gap}" for gap in notes.gaps),
        machine=machine(),
        versions={
            **versions("picows", "uvloop", "redis"),
            **programs.node_versions(),
            **rival_versions("channels", "channels-redis", "python-socketio", "uvicorn"),
        },
        rows=notes.rows(),
        ratios=notes.ratios,
        goals=notes.goals,
        first_bottleneck="The kernel's write of each frame to each socket, on the server's core.",
    )
    if not chosen.is_rehearsal and not only:
        save(result)
        try:
            capacity.write_page()
        except LookupError as missing:
            notes.tell(f"docs/reference/capacity.md stays as it was: {missing}")
    return result


def _scenario(people: int, rounds: int, rival_people: int) -> str:
    return (
        f"One room over loopback, the server alone on one core, the load client in C on the other, {people:,} people"
        " who subscribe to one channel; comments of 150 bytes, made of the crowd's phrases, offered open loop by four"
        f" of them; medians of {rounds} rounds that take turns. Stoa checks tokens, keeps a history and gives offsets;"
        " the minimal server in C and the one on Node do neither, and have the same adaptive tick (at once after a"
        " silence, else people × 12 µs / 0.6, at most 250 ms). CPU is the server's own, of its scheduler's clock;"
        " latency runs from the moment a message was due to be written to the moment a person's socket was read; memory"
        " is the growth of the process's PSS, without the kernel's buffers. The rivals, as their users run them, stand"
        f" in a room of {rival_people:,}, one frame a message."
    )
