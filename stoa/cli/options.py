"""Options that many commands share; each writes its STOA_… variable, so that settings are read in one place only."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])  # any: decorates commands of every signature


def _into(variable: str) -> Callable[[click.Context, click.Parameter, object], object]:
    def keep(_: click.Context, __: click.Parameter, value: object) -> object:
        if value is not None:
            os.environ[variable] = str(value)
        return value

    return keep


def home_option(command: F) -> F:
    """Add --home, the folder that holds all data."""
    text = "The folder that holds all data (STOA_HOME)."
    keep = _into("STOA_HOME")
    # Not looked at here: what is wrong with a home is the machine's (3), not the caller's (2).
    return click.option("--home", type=click.Path(readable=False), expose_value=False, callback=keep, help=text)(
        command
    )


def listen_options(command: F) -> F:
    """Add --host, --port and --content-port."""
    port = click.IntRange(0, 65_535)
    for name, variable, kind, text in (
        ("--content-port", "STOA_CONTENT_PORT", port, "The port of the second origin (STOA_CONTENT_PORT)."),
        ("--port", "STOA_PORT", port, "The port of pages and API (STOA_PORT, 8000)."),
        ("--host", "STOA_HOST", click.STRING, "The address to listen on (STOA_HOST, 127.0.0.1)."),
    ):
        command = click.option(name, type=kind, expose_value=False, callback=_into(variable), help=text)(command)
    return command


def sockets_port_option(command: F) -> F:
    """Add --sockets-port."""
    text = "With --split: the port of the sockets (STOA_SOCKETS_PORT, after the second origin)."
    keep, port = _into("STOA_SOCKETS_PORT"), click.IntRange(0, 65_535)
    return click.option("--sockets-port", type=port, expose_value=False, callback=keep, help=text)(command)


def json_option(command: F) -> F:
    """Add --json, for an answer that programs read."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(command)
