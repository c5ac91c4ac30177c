"""Where the rivals' packages live: an environment of their own, made from bench/requirements.lock when first needed."""

import subprocess
import sys
from pathlib import Path

from bench.result import HOUSE

FOLDER = HOUSE / ".venv-bench"


def rival_python() -> Path:
    """Return the interpreter of the rivals' environment."""
    python = FOLDER / "bin" / "python"
    lock = HOUSE / "bench" / "requirements.lock"
    stamp = FOLDER / "stamp"
    if not stamp.exists() or stamp.read_text() != lock.read_text():
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(FOLDER)], check=True)
        subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(python), "-r", str(lock)], check=True)
        stamp.write_text(lock.read_text())
    return python


def rival_versions(*packages: str) -> dict[str, str]:
    """Return the versions of packages in the rivals' environment."""
    code = "import sys; from importlib.metadata import version; print(*[version(p) for p in sys.argv[1:]])"
    done = subprocess.run([str(rival_python()), "-c", code, *packages], capture_output=True, text=True, check=True)
    return dict(zip(packages, done.stdout.split(), strict=True))
