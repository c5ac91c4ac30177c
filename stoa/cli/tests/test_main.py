"""The group `stoa`: what it loads, what it says, with which exit code it leaves."""

import errno
import os
import subprocess
import sys

import click
import pytest

from stoa.cli import main
from stoa.kit.errors import EnvironmentProblem, Invalid, NotFound

HEAVY = ("asyncpg", "starlette", "msgspec", "stoa.services", "redis", "aiokafka", "obstore", "rich")


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Replace `stoa doctor` by a command that raises what the test puts into the list."""
    errors: list[BaseException] = []

    @click.command()
    def doctor() -> None:
        raise errors[0]

    monkeypatch.setattr("stoa.cli.doctor.doctor", doctor)
    return errors


def test_help_and_version_load_nothing_heavy() -> None:
    for question in ("--version", "--help"):
        ask = f"import sys; from stoa.cli.main import run; run(['{question}'])"
        code = ask + "; print(sorted(sys.modules), file=sys.stderr)"

        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

        assert not [name for name in HEAVY if f"'{name}'" in done.stderr]


def test_every_command_that_is_shown_can_be_loaded() -> None:
    context = click.Context(main.stoa)

    for name in main.stoa.list_commands(context):
        command = main.stoa.get_command(context, name)

        assert isinstance(command, click.Command), name
        assert command.help, name


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("There is no course of that name", hint="stoa courses list"), 1),
        (Invalid("That is no archive"), 2),
        (EnvironmentProblem("The port is in use", hint="Choose another"), 3),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), 3),
        (OSError(errno.EADDRINUSE, "Address in use"), 3),
        (ModuleNotFoundError("No module named 'uvloop'", name="uvloop"), 3),
    ],
)
def test_an_expected_outcome_is_a_sentence_and_an_exit_code(
    error: BaseException, code: int, raising: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    raising.append(error)

    assert main.run(["doctor"]) == code

    said = capsys.readouterr().err
    assert said.startswith("stoa: ")
    assert "Traceback" not in said
    assert all(line.endswith(".") for line in said.splitlines())


@pytest.mark.parametrize("words", [["nonsense"], ["doctor", "--nonsense"], ["doctor", "--port", "70000"]])
def test_a_wrong_call_is_usage(words: list[str]) -> None:
    assert main.run(words) == main.USAGE


@pytest.mark.parametrize(("debug", "shown"), [("", False), ("1", True)])
def test_a_bug_shows_its_traceback_only_on_demand(debug: str, shown: bool) -> None:
    code = (
        "import stoa.cli.machine as m\n"
        "def broken(*_, **__): raise KeyError('x')\n"
        "m.examine = broken\n"
        "from stoa.cli.main import main\n"
        "main(['doctor'])"
    )
    environment = {**os.environ, "STOA_DEBUG": debug}

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)

    assert done.returncode == main.FAILED
    assert ("Traceback" in done.stderr) is shown
    assert shown or done.stderr.startswith("stoa: This is a bug in Stoa (KeyError")
