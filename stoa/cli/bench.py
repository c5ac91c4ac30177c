"""`stoa bench`: load for a platform of one's own; `crowd` fills a live class from the terminal."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable

import click
import uvloop
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from stoa.app.crowd.crowd import Crowd
from stoa.app.crowd.tally import Moment, Watch
from stoa.app.crowd.venue import NoVenue, find_venue, make_room_for
from stoa.app.embedded import survey
from stoa.app.home import Running
from stoa.app.loadtest import load_passes_of
from stoa.app.running import listen_to_signals
from stoa.cli.options import home_option
from stoa.kit.http.passes import LoadPasses

_LOOK_S = 1.0
_PLAIN_EVERY = 5


@click.group()
def bench() -> None:
    """Load a platform of your own."""


@bench.command()
@home_option
@click.option("--people", type=click.IntRange(1, 60_000), default=8_000, show_default=True, help="How many come.")
@click.option(
    "--rate", type=click.FloatRange(0, 200), default=20.0, show_default=True, help="Messages a second, of all together."
)
@click.option("--code", default="", help="The class's code; without it, the demo teacher's class, which is started.")
@click.option("--seconds", type=click.FloatRange(0), default=0.0, help="How long they stay; 0: until Ctrl-C.")
def crowd(people: int, rate: float, code: str, seconds: float) -> int:
    """Fill a class of the embedded platform on this home with guests who talk, vote and come back when cut off.

    They are genuine guests with genuine sockets, and every limit stays on: each carries a signed pass that counts as
    an address of its own, which only the embedded default accepts.
    """
    ground = survey(os.environ)
    running = ground.home.running()
    if running is None:
        raise NoVenue(f"Nothing runs on {ground.home.root}", hint="Start it with: stoa up")
    passes = load_passes_of(ground)
    if running.mode != "embedded" or passes is None:
        raise NoVenue(
            "A crowd is let in by the embedded default alone: `stoa up` on this machine with its own engines",
            hint="Measure other platforms with a load generator of your own",
        )
    make_room_for(people, running)
    return uvloop.run(_play(running, passes, people=people, rate=rate, code=code, seconds=seconds))


async def _play(running: Running, passes: LoadPasses, *, people: int, rate: float, code: str, seconds: float) -> int:
    plan = await find_venue(running, code=code, people=people, messages_per_s=rate)
    played = Crowd(plan, passes)
    console, stopping = Console(), listen_to_signals()
    watch, began = Watch(played.tally, people), time.monotonic()
    async with played.filling():
        with _Display(console, f"{people:,} people come to class {plan.code} on {running.url}") as show:
            last, number = began, 0
            while not stopping.is_set() and (not seconds or time.monotonic() - began < seconds):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), _LOOK_S)
                now = time.monotonic()
                show(watch.look(now - last), now - began, number)
                last, number = now, number + 1
    tally = played.tally
    console.print(
        f"{tally.joined:,} joined, {tally.posted:,} messages, {tally.deliveries:,} deliveries, {tally.votes:,} votes,"
        f" {tally.reconnects:,} came back, {tally.unrecovered:,} missed something.",
        soft_wrap=True,
    )
    for words, times in tally.problems.items():
        console.print(f"  {times:,} × {words}", style="yellow")
    return 0 if tally.joined == people else 1


class _Display:
    """A table that renews itself on a terminal, and a line now and then elsewhere."""

    def __init__(self, console: Console, title: str) -> None:
        self._console, self._title = console, title
        self._live: Live | None = None

    def __enter__(self) -> Callable[[Moment, float, int], None]:
        if sys.stdout.isatty():
            self._live = Live(console=self._console, auto_refresh=False)
            self._live.__enter__()
        else:
            self._console.print(self._title)
        return self._show

    def __exit__(self, *error: object) -> None:
        if self._live is not None:
            self._live.__exit__(None, None, None)

    def _show(self, moment: Moment, seconds: float, number: int) -> None:
        if self._live is not None:
            self._live.update(Group(Text(self._title, style="bold"), _table(moment, seconds)), refresh=True)
        elif number % _PLAIN_EVERY == 0:
            self._console.print(
                f"{seconds:6.0f} s  {moment.here:,} here  {moment.shown_per_s:.1f} messages/s"
                f"  {moment.deliveries_per_s:,.0f} deliveries/s  p50 {moment.p50_ms:.0f} ms  p99 {moment.p99_ms:.0f} ms"
                f"  {moment.reconnects:,} reconnects",
                soft_wrap=True,
            )


def _table(moment: Moment, seconds: float) -> Table:
    table = Table.grid(padding=(0, 3))
    table.add_column(style="dim")
    table.add_column(justify="right")
    full = 30 * moment.here // max(1, moment.people)
    for name, value in (
        ("time", f"{seconds:,.0f} s"),
        ("people", f"{'█' * full}{'░' * (30 - full)} {moment.here:,} of {moment.people:,}"),
        ("messages written", f"{moment.posted_per_s:,.1f} /s"),
        ("messages shown", f"{moment.shown_per_s:,.1f} /s"),
        ("deliveries", f"{moment.deliveries_per_s:,.0f} /s"),
        ("frames", f"{moment.frames_per_s:,.0f} /s"),
        ("from writing to reading", f"p50 {moment.p50_ms:,.0f} ms   p99 {moment.p99_ms:,.0f} ms"),
        ("votes", f"{moment.votes:,}"),
        ("came back", f"{moment.reconnects:,}"),
        ("missed something", f"{moment.unrecovered:,}"),
        ("held back by limits", f"{moment.held_back:,}"),
        ("failed", f"{moment.failed:,}"),
    ):
        table.add_row(name, value)
    return table
