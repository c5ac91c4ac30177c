"""`stoa events`: what waits and what died, another try for the dead, and the past once more."""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import click
import msgspec

from stoa.app.embedded import Ground, database, refuse_no_home, survey
from stoa.cli.options import home_option, json_option
from stoa.cli.progress import progress
from stoa.kit.contract import EventId
from stoa.kit.engines.postgres.database import Database, pool_of
from stoa.kit.outbox import DeadLetter, Outbox, OutboxCount

T = TypeVar("T")

_SPAN = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@click.group()
def events() -> None:
    """Look at events: what waits, what is dead, another try, a replay."""


@events.command("list")
@home_option
@json_option
def list_(as_json: bool) -> None:
    """Count the events of each service that wait, that are kept, and that its consumers buried."""

    async def count(outboxes: dict[str, Outbox]) -> list[OutboxCount]:
        return [await outbox.count() for outbox in outboxes.values()]

    counts = _with_outboxes(count)
    if as_json:
        _print_json(counts)
        return
    _print_table(
        ("service", "waiting", "since", "kept", "dead"),
        [(one.service, one.waiting, one.oldest_waiting_at or "", one.published, one.dead) for one in counts],
    )


@events.command()
@home_option
@click.option("--service", help="Only the dead letters of this service's consumers.")
@click.option("--consumer", help="Only those of one consumer, such as progress.note_answer.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many.")
@json_option
def dead(service: str | None, consumer: str | None, limit: int, as_json: bool) -> None:
    """List the events that a consumer could not handle, newest first."""

    async def find(outboxes: dict[str, Outbox]) -> list[DeadLetter]:
        found = [await outbox.dead(consumer=consumer, limit=limit) for outbox in _chosen(outboxes, service)]
        return sorted((letter for letters in found for letter in letters), key=lambda letter: letter.at, reverse=True)

    letters = _with_outboxes(find)[:limit]
    if as_json:
        _print_json(letters)
        return
    _print_table(
        ("at", "consumer", "event", "type", "tries", "error"),
        [(one.at, one.consumer, one.event_id, one.type_, one.attempts, one.error[:80]) for one in letters],
    )


@events.command()
@home_option
@click.option("--service", help="Only the dead letters of this service's consumers.")
@click.option("--consumer", help="Only those of one consumer.")
@click.option("--event", type=click.UUID, help="Only this event.")
@json_option
def redrive(service: str | None, consumer: str | None, event: UUID | None, as_json: bool) -> None:
    """Hand dead letters to their consumers again; the running platform takes them within a second or two."""

    async def ask(outboxes: dict[str, Outbox]) -> int:
        chosen = None if event is None else EventId(event)
        return sum([await outbox.redrive(consumer=consumer, event=chosen) for outbox in _chosen(outboxes, service)])

    count = _with_outboxes(ask)
    _print_json({"redriven": count}) if as_json else click.echo(f"Dead letters that will be tried again: {count}")


@events.command()
@home_option
@click.argument("service")
@click.option("--since", required=True, help="From when: 2h, 30m, 1d ago, or an instant such as 2026-01-05T09:00Z.")
@click.option("--until", help="Up to when, in the same form.")
@click.option("--type", "type_", help="Only events of this type.")
@json_option
def replay(service: str, since: str, until: str | None, type_: str | None, as_json: bool) -> None:
    """Send a service's kept events again (they are kept for a day); consumers drop those they have handled."""
    refuse_no_home()
    ground = survey(os.environ)
    begin, end = _instant(since, ground), _instant(until, ground) if until else None
    if end is not None and end <= begin:
        raise click.UsageError(f"--until {until} is not after --since {since}.")

    async def send(outboxes: dict[str, Outbox]) -> int:
        return sum([await one.replay(since=begin, until=end, type_=type_) for one in _chosen(outboxes, service)])

    count = _with_outboxes(send)
    _print_json({"replayed": count}) if as_json else click.echo(f"Events that will be sent again: {count}")


def _with_outboxes(work: Callable[[dict[str, Outbox]], Awaitable[T]]) -> T:
    refuse_no_home()
    ground = survey(os.environ)

    async def run(show: Callable[[str], None]) -> T:
        async with database(ground, show) as login:
            pool = pool_of(login, size=1)
            try:
                return await work({name: Outbox(Database(pool, name), name) for name in ground.manifests})
            finally:
                await pool.close()

    with progress() as show:
        return asyncio.run(run(show))


def _chosen(outboxes: dict[str, Outbox], service: str | None) -> Iterable[Outbox]:
    if service is None:
        return outboxes.values()
    if service not in outboxes:
        raise click.UsageError(f"There is no service {service}; there are {', '.join(sorted(outboxes))}.")
    return [outboxes[service]]


def _instant(text: str, ground: Ground) -> datetime:
    try:
        if span := _SPAN.fullmatch(text):
            return ground.clock.now() - timedelta(**{_UNITS[span[2]]: int(span[1])})
        instant = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise click.UsageError(f"{text} is neither a span such as 2h nor an instant.") from None
    if instant.tzinfo is None:
        raise click.UsageError(f"{text} does not say its time zone; add Z for UTC.")
    return instant


def _print_json(answer: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())


def _print_table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    table = [head, *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    for row in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
