"""The wheel carries the web, installs in a fresh environment and starts."""

import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from scripts.running import platform
from scripts.wheel import build
from tests.architecture.tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def uv(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run uv, first from its cache alone, then with the network."""
    program = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    done = subprocess.run([program, *arguments, "--offline"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the programs of a fresh environment that holds nothing but the wheel and what it requires."""
    if not (ROOT / "stoa" / "web" / "index.html").is_file():
        pytest.skip("the web is not built; `make setup` builds it")
    place = tmp_path_factory.mktemp("fresh")
    wheel = build(place / "dist")
    uv("venv", str(place / "venv"), "--python", sys.executable)
    uv("pip", "install", "--python", str(place / "venv/bin/python"), str(wheel))
    return place / "venv" / "bin"


def environment_without_the_clone() -> dict[str, str]:
    """Return this environment less what would let the clone shine through."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("STOA_", "PYTHON", "VIRTUAL_ENV"))
    }


def test_the_wheel_is_installed_with_its_command(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "stoa", "--version"],
        check=True,
        cwd=tmp_path,
        env=environment_without_the_clone(),
        capture_output=True,
        text=True,
    )

    assert done.stdout == "stoa 0.1.0\n"


def test_the_installed_platform_starts_serves_the_web_and_stops(installed: Path, tmp_path: Path) -> None:
    with platform(installed / "stoa", tmp_path, environment=environment_without_the_clone()) as status:
        with urllib.request.urlopen(status["url"], timeout=10) as page:
            assert b"<html" in page.read()
        with urllib.request.urlopen(f"{status['url']}/readyz", timeout=10) as answer:
            assert answer.status == 200
