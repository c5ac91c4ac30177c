"""Settings: declared with types, read from the environment, every problem told at once."""

from datetime import timedelta
from enum import Enum
from pathlib import Path

import pytest

from stoa.kit.settings import Settings, SettingsInvalid, load_all, misspelt, setting


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Everything(Settings, prefix="everything"):
    size: int = setting(2_000, unit="bytes", help="How much.", minimum=1, maximum=10**12)
    many: int = setting(3, help="How many.", minimum=1, maximum=9)
    share: float = setting(0.5, help="What part.")
    name: str = setting("stoa", help="Who.", choices=("stoa", "agora"))
    on: bool = setting(True, help="Whether.")
    patience: timedelta = setting(timedelta(minutes=5), help="How long.")
    place: Path = setting(Path("/srv"), help="Where.")
    colour: Colour = setting(Colour.RED, help="Which.")
    hosts: list[str] = setting(["a"], help="Whom.")
    maybe: int | None = setting(None, help="Perhaps.")
    key: str = setting("", help="The key.", secret=True)


class Needs(Settings, prefix="needs"):
    url: str = setting(help="Where the thing is.")


class Platform(Settings, prefix=""):
    port: int = setting(8000, help="The port.", minimum=1, maximum=65_535)


def test_defaults_stand_when_the_environment_says_nothing() -> None:
    settings = Everything.load({})

    assert (settings.size, settings.patience, settings.colour, settings.maybe) == (
        2_000,
        timedelta(minutes=5),
        Colour.RED,
        None,
    )


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("STOA_EVERYTHING_SIZE", "64KiB", "size", 65_536),
        ("STOA_EVERYTHING_SIZE", "2GB", "size", 2_000_000_000),
        ("STOA_EVERYTHING_SIZE", "77", "size", 77),
        ("STOA_EVERYTHING_SHARE", "0.25", "share", 0.25),
        ("STOA_EVERYTHING_ON", "off", "on", False),
        ("STOA_EVERYTHING_PATIENCE", "90", "patience", timedelta(seconds=90)),
        ("STOA_EVERYTHING_PATIENCE", "1h30m", "patience", timedelta(minutes=90)),
        ("STOA_EVERYTHING_PLACE", "/tmp/x", "place", Path("/tmp/x")),
        ("STOA_EVERYTHING_COLOUR", "blue", "colour", Colour.BLUE),
        ("STOA_EVERYTHING_HOSTS", "a, b,", "hosts", ["a", "b"]),
        ("STOA_EVERYTHING_MAYBE", "4", "maybe", 4),
        ("STOA_EVERYTHING_MAYBE", "", "maybe", None),
    ],
)
def test_each_type_is_read_from_its_text(variable: str, text: str, name: str, value: object) -> None:
    settings = Everything.load({variable: text})

    assert getattr(settings, name) == value


def test_a_setting_of_the_platform_has_no_prefix() -> None:
    assert Platform.load({"STOA_PORT": "9000"}).port == 9000


def test_every_problem_of_every_class_is_told_at_once_in_sentences() -> None:
    environment = {
        "STOA_EVERYTHING_MANY": "12",
        "STOA_EVERYTHING_ON": "perhaps",
        "STOA_EVERYTHING_PATIENCE": "soon",
        "STOA_EVERYTHING_COLOUR": "green",
        "STOA_EVERYTHING_NAME": "forum",
        "STOA_EVERYTHING_SHARE": "nan",
    }

    with pytest.raises(SettingsInvalid) as caught:
        load_all([Everything, Needs, Platform], environment)

    assert caught.value.problems == (
        "STOA_EVERYTHING_MANY must be at most 9 (it is '12').",
        "STOA_EVERYTHING_SHARE must be a number (it is 'nan').",
        "STOA_EVERYTHING_NAME must be one of stoa, agora (it is 'forum').",
        "STOA_EVERYTHING_ON must be true or false (it is 'perhaps').",
        "STOA_EVERYTHING_PATIENCE must be a duration such as 90s, 15m, 1h30m or 7d (it is 'soon').",
        "STOA_EVERYTHING_COLOUR must be one of red, blue (it is 'green').",
        "STOA_NEEDS_URL must be set: Where the thing is.",
    )
    assert caught.value.exit_code == 2


def test_a_secret_is_never_shown() -> None:
    settings = Everything.load({"STOA_EVERYTHING_KEY": "hunter2"})

    assert settings.key == "hunter2"
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(Everything.describe())


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hunter2\n")

    settings = Everything.load({"STOA_EVERYTHING_KEY_FILE": str(tmp_path / "key")})

    assert settings.key == "hunter2"


def test_a_secret_file_that_cannot_be_read_is_a_clear_problem(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="STOA_EVERYTHING_KEY could not be read from the file"):
        Everything.load({"STOA_EVERYTHING_KEY_FILE": str(tmp_path / "gone")})


def test_settings_can_be_given_by_name_in_a_test_but_not_changed() -> None:
    settings = Everything(many=4)

    assert settings.many == 4
    with pytest.raises(AttributeError, match="frozen"):
        settings.many = 5
    with pytest.raises(TypeError, match="no setting named more"):
        Everything(more=1)
    with pytest.raises(TypeError, match="needs url"):
        Needs()


def test_a_default_outside_its_own_bounds_does_not_import() -> None:
    with pytest.raises(ValueError, match="at least 1"):

        class Wrong(Settings, prefix="wrong"):
            many: int = setting(0, help="How many.", minimum=1)


def test_the_reference_has_a_row_for_each_setting() -> None:
    rows = {row.name: row for row in Everything.describe()}

    assert rows["STOA_EVERYTHING_SIZE"].unit == "bytes"
    assert rows["STOA_EVERYTHING_PATIENCE"].type_ == "duration"
    assert rows["STOA_EVERYTHING_COLOUR"].default == "red"
    assert rows["STOA_EVERYTHING_MAYBE"].type_ == "int | None"
    assert Needs.describe()[0].default == "required"


def test_a_misspelt_variable_is_named_with_its_nearest_neighbour() -> None:
    sentences = misspelt([Everything, Platform], {"STOA_EVERYTHING_SISE": "1", "STOA_HOME": "/x", "PATH": "/bin"})

    assert sentences == ["STOA_EVERYTHING_SISE sets nothing. Did you mean STOA_EVERYTHING_SIZE?"]


def test_a_slip_in_a_name_without_a_prefix_is_found_and_another_tools_variable_is_left_alone() -> None:
    sentences = misspelt([Platform], {"STOA_PROT": "1", "STOA_CHROMIUM": "/usr/bin/chromium"})

    assert sentences == ["STOA_PROT sets nothing. Did you mean STOA_PORT?"]
