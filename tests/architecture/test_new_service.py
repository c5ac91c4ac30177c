"""Adding a service is one folder: a scaffolded one passes every static check and its own test."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stoa.cli.new import HouseFull, NameInvalid, NotInAClone, ServiceExists, lay
from tests.architecture.tree import ROOT, paths

QUICK = {
    "lint": ["-m", "ruff", "check", "--no-cache", "stoa/services/dates"],
    "format": ["-m", "ruff", "format", "--no-cache", "--check", "stoa/services/dates"],
    "types": ["-m", "mypy", "-p", "stoa.services.dates"],
    "its own test": ["-m", "pytest", "-q", "-p", "no:cacheprovider", "stoa/services/dates"],
}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the project without the web, with the types already known so that checking them is quick."""
    for path in paths():
        if not path.startswith(("web/", "bench/")):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / path)
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", tmp_path / ".mypy_cache")
    return tmp_path


def python(clone: Path, *arguments: str) -> None:
    """Run Python in a clone and fail with what it said."""
    done = subprocess.run([sys.executable, *arguments], cwd=clone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments}:\n{done.stdout}\n{done.stderr}"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("rooms", [[], ["--store"], ["--store", "--routes"]], ids=" ".join)
def test_a_new_service_passes_its_checks_and_its_own_test(rooms: list[str], clone: Path) -> None:
    python(clone, "-m", "stoa", "new", "service", "dates", "--summary", "Keeps dates.", *rooms)

    for check in QUICK.values():
        python(clone, *check)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_adding_a_service_is_one_folder_and_everything_static_stays_green(clone: Path) -> None:
    before = {path: path.read_bytes() for path in clone.rglob("*") if path.is_file()}

    python(clone, "-m", "stoa", "new", "service", "dates", "--store", "--routes")

    touched = [path for path in clone.rglob("*") if path.is_file() and before.get(path) != path.read_bytes()]
    written = {str(path.relative_to(clone)) for path in touched if "__pycache__" not in path.parts}
    by_hand = {path for path in written if not path.startswith(("stoa/services/dates/", "docs/reference/"))}
    assert by_hand <= {"ARCHITECTURE.md"}
    python(clone, "-m", "scripts.check")


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
