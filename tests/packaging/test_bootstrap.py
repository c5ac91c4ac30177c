"""A clone sets itself up from nothing but Python, once, and says what it does."""

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import bootstrap, chromium, node, steps
from tests.architecture.tree import ROOT

BASE = getattr(sys, "_base_executable", sys.executable)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place that the steps take for the project."""
    for module in (steps, bootstrap):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(steps, "STAMPS", tmp_path / ".venv" / "stamps")
    monkeypatch.setattr(steps, "LOG", tmp_path / ".venv" / "bootstrap.log")
    return tmp_path


def test_a_step_runs_once_and_again_when_its_inputs_or_its_product_change(house: Path) -> None:
    product, runs = house / "made", list[str]()

    def make() -> None:
        product.touch()
        runs.append("run")

    for key in ("a", "a", "b", "b"):
        bootstrap.set_up([steps.Step("x", "X", key, product, make)], steps.Progress(0, out=io.StringIO()))
    product.unlink()
    bootstrap.set_up([steps.Step("x", "X", "b", product, make)], steps.Progress(0, out=io.StringIO()))

    assert len(runs) == 3


def test_a_step_that_fails_says_why_with_exit_3_and_is_tried_again(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = steps.Progress(0, out=io.StringIO())
    command = [sys.executable, "-c", "import os, sys; print('the reason', os.environ['STOA_X']); sys.exit(4)"]

    def fail() -> None:
        steps.run_quietly(command, progress=progress, cwd=house, more={"STOA_X": "42"})

    step = steps.Step("x", "X", "a", house, fail)
    with pytest.raises(SystemExit) as left:
        bootstrap.set_up([step], progress)

    assert left.value.code == 3
    assert "the reason 42" in capsys.readouterr().err
    assert not step.is_done()


def test_progress_says_which_step_of_how_many() -> None:
    out = io.StringIO()
    progress = steps.Progress(2, out=out)

    for title in ("Python packages", "Web build"):
        progress.start(title)
        progress.tick()
        progress.finish()

    lines = out.getvalue().splitlines()
    assert lines[0] == "[1/2] Python packages …"
    assert lines[-1].startswith("[2/2] Web build done, ")


def test_an_old_python_is_refused_in_one_sentence_that_names_the_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))

    with pytest.raises(SystemExit) as left:
        bootstrap.check_python()

    assert left.value.code == 3
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_or_pip_is_refused_with_the_name_of_the_package(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "scripts.bootstrap.importlib.util.find_spec", lambda name: None if name == missing else object()
    )

    with pytest.raises(SystemExit) as left:
        bootstrap.check_python()

    assert left.value.code == 3
    assert "-venv" in capsys.readouterr().err


def test_uv_is_locked_with_its_hashes() -> None:
    block = bootstrap.locked_block((ROOT / "requirements.lock").read_text(), "uv")

    assert block.startswith("uv==")
    assert "--hash=sha256:" in block
    assert block.count("==") == 1


@pytest.mark.parametrize(
    ("version", "taken"), [("v20.18.9", False), ("v20.19.0", True), ("v24.1.0", True), ("", False)]
)
def test_an_old_node_is_not_taken(version: str, taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(node, "VENV", tmp_path)
    monkeypatch.setattr(node, "REMEMBERED", tmp_path / "stamps" / "system-node")

    assert (node.system_node() is not None) is taken


def test_without_chromium_and_without_apt_a_loud_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("STOA_CHROMIUM", raising=False)

    chromium.install_chromium()

    assert "BROWSER TESTS WILL BE SKIPPED" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_bare_clone_sets_itself_up_and_the_second_time_does_nothing(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "requirements.lock", "README.md", "Makefile"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    ignored = shutil.ignore_patterns("web", "tests", "services", "__pycache__")
    shutil.copytree(ROOT / "stoa", tmp_path / "stoa", ignore=ignored)
    command = [BASE, "-m", "scripts.bootstrap", "up"]
    environment = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}

    first, second = (
        subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        for _ in range(2)
    )

    assert first.returncode == 0, first.stderr
    assert "[1/3] Python environment" in first.stderr
    assert "[3/3] Stoa itself done" in first.stderr
    assert "[" not in second.stderr
    said = subprocess.run([tmp_path / ".venv/bin/stoa", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("stoa 0.")
