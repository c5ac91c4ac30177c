"""Bringing a course in: seconds and peak memory for a real one, and a 2 GB package under a fixed ceiling."""

import asyncio
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from bench.result import HOUSE, Goal, Result, Row, machine, save, versions

CEILING_MB = 256.0
BIG_FILES, BIG_BYTES = 32, 64 * 1024 * 1024
SHARED = Path(os.environ.get("STOA_SHARED", HOUSE.parent / "shared"))


async def main() -> Result:
    """Import the real course where it is at hand, and a package of 2 GB that is made here."""
    rows, ratios = [], {}
    with tempfile.TemporaryDirectory(prefix="stoa-bench-") as folder:
        work = Path(folder)
        demo = SHARED / "data" / "olx" / "openedx-demo"
        if demo.is_dir():
            seconds, peak = await asyncio.to_thread(_import, demo, work / "home-demo")
            rows.append(Row(subject="openedx-demo, a folder", metric="stoa import olx", value=seconds, unit="s"))
            rows.append(
                Row(subject="openedx-demo, a folder", metric="peak memory of the command", value=peak, unit="MB")
            )
        package = work / "big.tar.gz"
        size = await asyncio.to_thread(_make_big, package)
        seconds, peak = await asyncio.to_thread(_import, package, work / "home-big")
        big = f"a package of {size / 1e9:.2f} GB"
        rows.append(Row(subject=big, metric="stoa import olx", value=seconds, unit="s"))
        rows.append(Row(subject=big, metric="peak memory of the command", value=peak, unit="MB"))
        ratios["2 GB package: peak memory / 256 MB"] = peak / CEILING_MB
    result = Result(
        name="import",
        scenario=(
            "`stoa import olx` on a home of its own that does not run: PostgreSQL started for the call, peak resident "
            "size of the command itself."
        ),
        machine=machine(),
        versions=versions("lxml", "msgspec", "asyncpg", "nh3"),
        rows=rows,
        ratios=ratios,
        goals=[Goal(ratio="2 GB package: peak memory / 256 MB", at_most=1.0)],
        first_bottleneck="The real course: starting PostgreSQL and Python. The large one: gzip and SHA-256.",
    )
    save(result)
    return result


def _import(source: Path, home: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", "stoa", "import", "olx", str(source), "--org", "bench", "--json"]
    environment = {**os.environ, "STOA_HOME": str(home)}
    prepare = [sys.executable, "-c", _FOUND]
    subprocess.run(prepare, env=environment, check=True, cwd=HOUSE)
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, cwd=HOUSE)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"stoa import ended with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - began, usage.ru_maxrss * 1024 / 1e6


_FOUND = """
import asyncio
from stoa.app.embedded import open_platform
from stoa.services.organizations.contract import OrganizationsPort

async def found() -> None:
    async with open_platform() as process:
        await process.port(OrganizationsPort).ensure_organization(slug="bench", name="Bench")

asyncio.run(found())
"""


def _make_big(path: Path) -> int:
    """Write a course of one page that refers to files of 2 GB that do not compress."""
    names = [f"film-{number}.bin" for number in range(BIG_FILES)]
    links = "".join(f'<p><a href="/static/{name}">{name}</a></p>' for name in names)
    files = {
        "course/course.xml": '<course url_name="run" org="Bench" course="BIG"/>',
        "course/course/run.xml": '<course display_name="Big"><chapter url_name="c"/></course>',
        "course/chapter/c.xml": '<chapter display_name="C"><sequential url_name="s"/></chapter>',
        "course/sequential/s.xml": '<sequential display_name="S"><vertical url_name="v"/></sequential>',
        "course/vertical/v.xml": '<vertical display_name="V"><html url_name="h"/></vertical>',
        "course/html/h.xml": '<html filename="h" display_name="H"/>',
        "course/html/h.html": links,
    }
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name, text in files.items():
            raw = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(raw)
            archive.addfile(entry, io.BytesIO(raw))
        for number, name in enumerate(names):
            entry = tarfile.TarInfo(f"course/static/{name}")
            entry.size = BIG_BYTES
            archive.addfile(entry, _Noise(number))
    return BIG_FILES * BIG_BYTES


class _Noise(io.RawIOBase):
    """Bytes that do not compress, another stream for each number."""

    def __init__(self, number: int) -> None:
        self._block = os.urandom(1024 * 1024 - 8) + number.to_bytes(8, "big")

    def read(self, size: int = -1) -> bytes:
        return (self._block * (size // len(self._block) + 1))[:size]
