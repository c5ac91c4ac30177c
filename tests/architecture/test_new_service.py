"""Adding a service is one folder: a scaffolded one passes every static check and its own test."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stoa.cli.new import HouseFull, NameInvalid, NotInAClone, ServiceExists, lay
from tests.architecture.tree import ROOT, paths

PARTS = ("stoa/", "tests/architecture/")
FILES = {".importlinter", "pyproject.toml", "conftest.py", "tests/__init__.py"}
CHECKS = {
    "lint": ["-m", "ruff", "check", "--no-cache", "stoa/services/dates"],
    "format": ["-m", "ruff", "format", "--no-cache", "--check", "stoa/services/dates"],
    "types": ["-m", "mypy", "-p", "stoa.services.dates"],
    "borders": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"],
    "rooms": ["-m", "pytest", "-q", "tests/architecture/test_static.py", "-k", "not front_door"],
    "its own test": ["-m", "pytest", "-q", "-p", "no:cacheprovider", "stoa/services/dates"],
}


def copy_of_the_house(place: Path) -> Path:
    """Copy what the checks look at."""
    for path in paths():
        if path.startswith(PARTS) or path in FILES:
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, place / path)
    return place


@pytest.mark.timeout(600)
@pytest.mark.parametrize("rooms", [{}, {"with_store": True}, {"with_store": True, "with_routes": True}], ids=str)
def test_a_new_service_is_one_folder_that_passes_every_check(rooms: dict[str, bool], tmp_path: Path) -> None:
    house = copy_of_the_house(tmp_path)
    before = {path.relative_to(house) for path in house.rglob("*")}

    folder = lay(house, "dates", summary="Keeps dates.", **rooms)

    touched = {path.relative_to(house) for path in house.rglob("*")} - before
    assert all(folder.relative_to(house) in (path, *path.parents) for path in touched)
    for name, command in CHECKS.items():
        done = subprocess.run([sys.executable, *command], cwd=house, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{name}:\n{done.stdout}\n{done.stderr}"
    asked = "from stoa.topology import discover; assert 'dates' in discover()"
    subprocess.run([sys.executable, "-c", asked], cwd=house, check=True)


@pytest.mark.parametrize("name", ["Dates", "due_dates", "42", "ab", "dates/../x"])
def test_a_name_that_is_not_one_word_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "stoa" / "services").mkdir(parents=True)
    (tmp_path / ".importlinter").touch()

    with pytest.raises(NameInvalid):
        lay(tmp_path, name)


def test_a_service_is_never_overwritten_and_the_25th_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stoa" / "services").mkdir(parents=True)
    (tmp_path / ".importlinter").touch()
    names = [f"service{letter}" for letter in "abcdefghijklmnopqrstuvwx"]

    for name in names:
        lay(tmp_path, name)

    with pytest.raises(ServiceExists):
        lay(tmp_path, names[0])
    with pytest.raises(HouseFull):
        lay(tmp_path, "onemore")


def test_outside_a_clone_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(NotInAClone):
        lay(tmp_path, "dates")

    assert not list(tmp_path.iterdir())
