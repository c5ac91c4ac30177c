"""The group `stoa`: its commands are imported when called, and what goes wrong is said in one sentence."""

import errno
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import NoReturn, cast

import click

from stoa.kit.errors import StoaError

FAILED, USAGE, ENVIRONMENT, INTERRUPTED = 1, 2, 3, 130

# Each command by the object that carries it, with the line that `stoa --help` shows without importing it.
COMMANDS = {
    "up": ("stoa.cli.up:up", "Start the platform on this machine."),
    "serve": ("stoa.cli.serve:serve", "Run one role or one service of a platform of many processes."),
    "status": ("stoa.cli.status:status", "Say what runs, where, and with which demo accounts."),
    "doctor": ("stoa.cli.doctor:doctor", "Check this machine and say what to do about it."),
    "admin": ("stoa.cli.admin:admin", "Make somebody the administrator of the platform."),
    "sockets": ("stoa.cli.sockets:sockets", "Work on sockets: tokens for their clients."),
    "import": ("stoa.cli.courses:import_", "Bring a course in, from Open edX (olx) or from Stoa (course)."),
    "export": ("stoa.cli.courses:export", "Write a course into one file."),
    "courses": ("stoa.cli.courses:courses", "Work on courses: selftest and more."),
    "backup": ("stoa.cli.backup:backup", "Save the database and all files into one archive."),
    "restore": ("stoa.cli.backup:restore", "Bring a backup back."),
    "events": ("stoa.cli.events:events", "Look at events: list, dead letters, redrive, replay."),
    "migrate": ("stoa.cli.migrate:migrate", "Bring the database to the present schema."),
    "new": ("stoa.cli.new:new", "Lay the first stones of a service."),
    "bench": ("stoa.cli.bench:bench", "Load a platform of your own: fill a live class with a crowd."),
    "docs": ("stoa.cli.docs:docs", "Generate the map and the reference from the manifests."),
}
SENTENCES = {
    errno.ENOSPC: ("The disk is full", "Make room, or choose another home with --home or STOA_HOME"),
    errno.EROFS: ("The file system is read-only", "Choose another home with --home or STOA_HOME"),
    errno.EACCES: ("A right is missing", "Mend the rights, or choose another home with --home or STOA_HOME"),
    errno.EADDRINUSE: ("The port is in use", "Stop what uses it, or choose another with --port or STOA_PORT"),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands that this Stoa has."""
        return [name for name, (place, _) in COMMANDS.items() if importlib.util.find_spec(place.split(":")[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, None where there is no such command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        return cast(click.Command, getattr(importlib.import_module(module), name))  # cast: the table names commands

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"stoa {version('stoa')}")
        except PackageNotFoundError:
            click.echo("stoa, from a clone that is not set up (`make setup`)")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
def stoa() -> None:
    """Stoa, a learning platform: `stoa up` starts it."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code: 0 clean, 1 failed, 2 usage, 3 environment."""
    if not os.environ.get("STOA_DEBUG"):
        sys.excepthook = _say_bug
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; what was to be expected is said in a sentence."""
    try:
        code = stoa.main(args=arguments, prog_name="stoa", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return USAGE if isinstance(error, click.UsageError) else FAILED
    except click.Abort:
        return INTERRUPTED
    except StoaError as error:
        return _say(error.detail, hint=error.hint, code=error.exit_code)
    except ModuleNotFoundError as error:
        if not error.name or error.name.split(".")[0] == "stoa" or os.environ.get("STOA_DEBUG"):
            raise
        return _say(
            f"The Python package {error.name} is missing from {sys.executable}",
            hint="Run `make setup` in a clone and use .venv/bin/stoa, or install Stoa's wheel anew",
            code=ENVIRONMENT,
        )
    except OSError as error:
        if error.errno not in SENTENCES or os.environ.get("STOA_DEBUG"):
            raise
        what, hint = SENTENCES[error.errno]
        return _say(f"{what} ({error.filename or error.strerror})", hint=hint, code=ENVIRONMENT)
    return code if isinstance(code, int) else 0


def _say(sentence: str, *, hint: str, code: int) -> int:
    click.echo(f"stoa: {_sentence(sentence)}", err=True)
    if hint:
        click.echo(f"      {_sentence(hint)}", err=True)
    return code


def _sentence(text: str) -> str:
    return text if text.rstrip().endswith((".", "!", "?")) else text.rstrip() + "."


def _say_bug(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
    what = f"This is a bug in Stoa ({kind.__name__}: {error})"
    _say(what, hint="Run it again with STOA_DEBUG=1 for the traceback, and report it", code=FAILED)
