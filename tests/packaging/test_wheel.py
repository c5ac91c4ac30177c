"""The wheel carries the web, installs in a fresh environment and starts."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from scripts.wheel import build
from tests.architecture.tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
START_S = 90


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
    environment = environment_without_the_clone()
    options = ["--home", str(tmp_path / "home"), "--port", "0", "--content-port", "0"]
    log = (tmp_path / "log").open("w")
    process = subprocess.Popen(
        [installed / "stoa", "up", *options], cwd=tmp_path, env=environment, stdout=log, stderr=log
    )
    try:
        url = url_of(installed, tmp_path, environment, process)

        with urllib.request.urlopen(url, timeout=10) as page:
            assert b"<html" in page.read()
        with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:
            assert answer.status == 200
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=60)
        log.close()
    assert code in (0, 130), (tmp_path / "log").read_text()


def url_of(installed: Path, folder: Path, environment: dict[str, str], process: subprocess.Popen[bytes]) -> str:
    """Ask `stoa status` until the platform says where it is reached."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        command = [installed / "stoa", "status", "--json", "--home", str(folder / "home")]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        url = json.loads(done.stdout)["url"] if done.stdout.startswith("{") else None
        if url:
            return str(url)
    raise AssertionError("it did not start:\n" + (folder / "log").read_text())
