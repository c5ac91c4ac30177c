"""Chromium for the browser tests: the system's, else through apt where that may be done."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.steps import CommandFailed, Progress, run_quietly, say

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = "install Chromium (Debian, Ubuntu: apt-get install chromium), or set STOA_CHROMIUM to a browser's path"


def find_chromium(which: Callable[[str], str | None] = shutil.which) -> str | None:
    """Return the path of a Chromium of this machine, or None."""
    named = os.environ.get("STOA_CHROMIUM")
    if named:
        return which(named)
    return next((path for name in NAMES if (path := which(name))), None)


def may_use_apt() -> bool:
    """Tell whether this is root on Debian, where installing a package is allowed."""
    return os.geteuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def install_chromium() -> None:
    """Install Chromium through apt where that may be done; otherwise say loudly how to get it."""
    if may_use_apt():
        progress = Progress(1)
        progress.start("Chromium for the browser tests, through apt")
        try:
            more = {"DEBIAN_FRONTEND": "noninteractive"}
            run_quietly(["apt-get", "update"], progress=progress, more=more)
            run_quietly(["apt-get", "install", "-y", "chromium"], progress=progress, more=more)
            progress.finish()
        except CommandFailed as error:
            progress.finish("failed")
            say(error.tail)
    if find_chromium() is None:
        say(f"*** THE BROWSER TESTS WILL BE SKIPPED: there is no Chromium here; {HOW}. ***")
