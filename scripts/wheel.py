"""Build the wheel, the web inside, into dist/: `python -m scripts.wheel`."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from scripts.steps import ROOT, say

DIST = ROOT / "dist"


def build(into: Path = DIST) -> Path:
    """Build the wheel into a folder and return its path; refuse one without the web."""
    if not (ROOT / "stoa" / "web" / "index.html").is_file():
        say("stoa: The web is not built: run `make setup` first.")
        raise SystemExit(3)
    shutil.rmtree(into, ignore_errors=True)
    # The build backend is a locked package already, so nothing is fetched here.
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(into)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = into.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    if "stoa/web/index.html" not in names or "stoa/cli/main.py" not in names:
        say(f"stoa: {wheel.name} lacks the web or the code.")
        raise SystemExit(1)
    say(f"{wheel.relative_to(ROOT) if wheel.is_relative_to(ROOT) else wheel}: {wheel.stat().st_size / 1024**2:.1f} MB")
    return wheel


if __name__ == "__main__":
    build()
