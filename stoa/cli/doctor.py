"""`stoa doctor`: what this machine has and lacks, each with a state, a sentence and what to do."""

import os

import click
import msgspec

from stoa.cli import machine
from stoa.cli.options import home_option, json_option, listen_options

MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}


@click.command()
@home_option
@listen_options
@json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check this machine and say what to do about it; exit 3 when something keeps Stoa from running."""
    findings = machine.examine(os.environ)
    worst = "fail" if any(one.state == "fail" for one in findings) else "ok"
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode({"state": worst, "checks": findings}), indent=2))
    else:
        for one in findings:
            mark, colour = MARKS[one.state]
            click.echo(
                f"{click.style(mark, fg=colour)}  {one.sentence}" + (f"\n      {one.advice}" if one.advice else "")
            )
    if worst == "fail":
        ctx.exit(3)
