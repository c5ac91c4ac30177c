"""From a key to its paint, in a browser whose CPU is slowed, while `stoa bench crowd` fills the same room."""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.live import programs
from bench.live.classroom import Classroom
from bench.live.notes import Notes
from bench.live.scale import Scale
from bench.result import HOUSE
from bench.standing import running

SLOWED = 4
# 8,000 people do not sit at the reader's own machine: here they share two cores with the page that is measured.
_STEPS_BACK = 10


async def measure_paint(notes: Notes, scale: Scale) -> None:
    """Fill a class from the terminal and type into its page."""
    if not (HOUSE / "web" / "node_modules" / "playwright-core").exists():
        notes.gap("From key to paint was not measured: the browser's tools are not installed here (make setup).")
        return
    with tempfile.TemporaryDirectory(prefix="stoa-bench-live-") as folder:
        async with running(Path(folder) / "home") as platform:
            room = Classroom(platform.url)
            accounts = platform.status()["accounts"]
            assert isinstance(accounts, list)
            teacher = next(one for one in accounts if one["role"] == "instructor")
            await room.hold(email=teacher["email"], password=teacher["password"])
            notes.tell(f"stoa bench crowd --people {scale.people}, and a browser slowed {SLOWED} times")
            crowd = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "stoa", "bench", "crowd", "--home", str(platform.home), "--code", room.code,
                "--people", str(scale.people), cwd=HOUSE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                preexec_fn=lambda: os.nice(_STEPS_BACK),
            )  # fmt: skip
            try:
                here = await _filled(notes, crowd, scale)
                painted = await _painted(platform.url, room.code, seconds=scale.paint_s)
            finally:
                crowd.terminate()
                said = (await crowd.communicate())[0].decode()
            room.close()
    name = "Stoa, the page on a CPU slowed 4 times"
    notes.note(name, "people of the crowd in the room", here, "people")
    notes.note(name, "key to paint, p50", painted["p50_ms"], "ms")
    notes.note(name, "key to paint, p98", painted["p98_ms"], "ms")
    notes.note(name, "keys", painted["keys"], "keys")
    notes.promise("key to paint, p98 / 200 ms", painted["p98_ms"] / 200, at_most=1.0)
    for joined, deliveries in re.findall(r"([\d,]+) joined.* ([\d,]+) deliveries", said):
        notes.note("stoa bench crowd", "joined", float(joined.replace(",", "")), "people")
        notes.note("stoa bench crowd", "deliveries", float(deliveries.replace(",", "")), "messages")


async def _filled(notes: Notes, crowd: asyncio.subprocess.Process, scale: Scale) -> float:
    """Wait until the room is full, or as long as may be; return how many are there."""
    assert crowd.stdout is not None
    began, here = time.monotonic(), 0.0
    while time.monotonic() - began < scale.fill_s and here < scale.people:
        line = (await crowd.stdout.readline()).decode()
        if not line:
            raise RuntimeError("the crowd went home at once")
        if found := re.search(r"([\d,]+) here", line):
            here = float(found[1].replace(",", ""))
    notes.note("stoa bench crowd", "until the room was full", time.monotonic() - began, "s")
    return here


async def _painted(url: str, code: str, *, seconds: float) -> dict[str, float]:
    script = HOUSE / "web" / "scripts" / "paint.mjs"
    command = [programs.node(), str(script), url, code, str(seconds)]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), seconds + 120)
    if process.returncode:
        raise RuntimeError("the browser did not come through: see above")
    found: dict[str, float] = json.loads(out.splitlines()[-1])
    return found
