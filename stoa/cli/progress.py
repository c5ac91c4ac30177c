"""What goes on, shown on a terminal alone: one line that the next one replaces, gone at the end."""

import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator

import click

_WIPE = "\r\x1b[K"


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Lend what shows a line for the length of a block; a pipe is told nothing."""
    is_terminal = sys.stderr.isatty()

    def show(text: str) -> None:
        if is_terminal:
            click.echo(_WIPE + text[: shutil.get_terminal_size().columns - 1], err=True, nl=False)

    try:
        yield show
    finally:
        if is_terminal:
            click.echo(_WIPE, err=True, nl=False)
