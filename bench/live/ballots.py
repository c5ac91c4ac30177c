"""A poll that everybody answers while the platform is killed and started again: each ballot counts once."""

import asyncio
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import msgspec

from bench.live.classroom import Classroom, Guest
from bench.live.notes import Notes
from bench.live.scale import Scale
from bench.standing import free_port
from stoa.app.home import Home, Running
from stoa.kit.clock import SystemClock
from stoa.kit.http.passes import PURPOSE, LoadPasses
from stoa.kit.manifest import derive_secret

OPTIONS = 4
AT_ONCE = 64


class Killable:
    """A `stoa up` that can be killed and started again on the same home and port."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = Home(home), free_port()
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> Running:
        """Start it and wait until it says that it runs."""
        place = ["--home", str(self.home.root), "--port", str(self.port), "--content-port", "0"]
        with (self.home.root.parent / "stoa.log").open("ab") as log:
            self._process = subprocess.Popen([sys.executable, "-m", "stoa", "up", *place], stdout=log, stderr=log)
        status = self.home.root / "run" / "status.json"
        async with asyncio.timeout(60):
            while True:
                if self._process.poll() is not None:
                    raise RuntimeError(f"stoa up ended with {self._process.returncode}")
                running = self.home.running() if status.exists() else None
                if running is not None and running.services[0].pid == self._process.pid:
                    return running
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        """Kill it as the kernel kills what takes too much memory."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def stop(self) -> None:
        """End it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(self._process.wait, 40)


async def measure_ballots(notes: Notes, scale: Scale) -> None:
    """Let all in, ask, kill in the middle, and compare the count with what was acknowledged."""
    with tempfile.TemporaryDirectory(prefix="stoa-bench-live-") as folder:
        platform = Killable(Path(folder) / "home")
        running = await platform.start()
        try:
            room = Classroom(running.url, connections=AT_ONCE)
            account = next(one for one in running.accounts if one.role == "instructor")
            await room.hold(email=account.email, password=account.password)
            guests = await _all_in(notes, scale, platform, room)
            await _vote(notes, scale, platform, room, guests)
            room.close()
        finally:
            await platform.stop()


async def _all_in(notes: Notes, scale: Scale, platform: Killable, room: Classroom) -> list[Guest]:
    passes = LoadPasses(derive_secret(platform.home.root_secret(""), PURPOSE), SystemClock())
    began = time.monotonic()
    notes.tell(f"{scale.ballots:,} guests join over HTTP, every limit on")

    async def come(number: int) -> Guest:
        return await room.let_in(number, pass_=passes.write(number, expires_in=timedelta(hours=1)))

    guests = await asyncio.gather(*(come(number) for number in range(scale.ballots)))
    notes.note("Stoa, embedded", f"{scale.ballots:,} guests join by code", time.monotonic() - began, "s")
    return list(guests)


async def _vote(notes: Notes, scale: Scale, platform: Killable, room: Classroom, guests: list[Guest]) -> None:
    poll = await room.ask_poll(OPTIONS)
    wanted = Counter(dict.fromkeys(range(OPTIONS), 0))
    took: list[float] = []
    again = 0
    began = time.monotonic()

    async def cast(number: int, guest: Guest) -> None:
        nonlocal again
        due = began + scale.ballots_s * number / len(guests)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        choice = (number * 7) % OPTIONS
        while True:
            answer = await room.vote(guest, poll, choice)
            if answer.is_good:
                break
            if answer.status and answer.status < 500 and answer.status != 429:
                raise RuntimeError(f"a ballot was refused: {answer.status} {msgspec.json.decode(answer.body)}")
            again += 1
            await asyncio.sleep(random.uniform(0.5, 1.5))
        wanted[choice] += 1
        took.append(time.monotonic() - due)

    async def strike() -> None:
        await asyncio.sleep(scale.ballots_s / 2)
        notes.tell("the platform is killed while the ballots come, and started again")
        platform.kill()
        down = time.monotonic()
        await platform.start()
        notes.note("Stoa, embedded", "killed until it serves again", time.monotonic() - down, "s")

    await asyncio.gather(strike(), *(cast(number, guest) for number, guest in enumerate(guests)))
    all_s = time.monotonic() - began
    counted = await room.count(poll)
    took.sort()
    name = "Stoa, embedded"
    said = f"{scale.ballots:,} ballots offered in {scale.ballots_s:.0f} s, killed in the middle"
    notes.note(name, f"{said}: all acknowledged after", all_s, "s")
    notes.note(name, f"{said}: p50 of a ballot", took[len(took) // 2] * 1000, "ms")
    notes.note(name, f"{said}: sent more than once", again, "tries")
    notes.note(name, f"{said}: acknowledged", len(took), "ballots")
    notes.note(name, f"{said}: counted", sum(counted), "ballots")
    wrong = sum(abs(counted[option] - wanted[option]) for option in range(OPTIONS))
    notes.promise("ballots acknowledged but not counted once", wrong, at_most=0.0)
