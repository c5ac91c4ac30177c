"""`stoa sockets token`: what it prints opens the sockets of the home."""

from pathlib import Path

from click.testing import CliRunner

from stoa.app.home import Home
from stoa.app.options import PlatformSettings
from stoa.app.process import tokens_of
from stoa.cli.sockets import sockets
from stoa.kit.clock import SystemClock


def test_printed_tokens_are_those_of_the_home(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "home")]

    first = CliRunner().invoke(sockets, ["token", *home, "--user", "ada"])
    many = CliRunner().invoke(
        sockets, ["token", *home, "--user", "u{n}", "--channel", "load:{n}", "--publish", "--count", "2"]
    )

    secret = Home(tmp_path / "home").root_secret("")
    tokens = tokens_of(PlatformSettings.load({}), secret, SystemClock())
    assert tokens.read_connection(first.output.strip()).sub == "ada"
    for number, line in enumerate(many.output.split(), start=1):
        claims = tokens.read_subscription(line, channel=f"load:{number}", user=f"u{number}")
        assert claims.may_publish


def test_a_secret_that_is_set_signs_instead(tmp_path: Path) -> None:
    environment = {"STOA_SOCKETS_SECRET": "of another machine"}

    said = CliRunner(env=environment).invoke(sockets, ["token", "--home", str(tmp_path / "home"), "--user", "ada"])

    tokens = tokens_of(PlatformSettings.load(environment), b"r" * 32, SystemClock())
    assert tokens.read_connection(said.output.strip()).sub == "ada"


def test_publishing_is_a_right_in_a_channel(tmp_path: Path) -> None:
    said = CliRunner().invoke(sockets, ["token", "--home", str(tmp_path / "home"), "--user", "ada", "--publish"])

    assert said.exit_code == 2
    assert "--channel" in said.output
