"""The real tree keeps every rule of the house."""

import pytest

from tests.architecture import rules
from tests.architecture.tree import paths, sources

PYTHON = [file for file in sources(".py") if file.text]
HOUSE = {"stoa", "scripts", "bench"}
OURS = [file for file in PYTHON if not file.is_test and file.parts[0] in HOUSE]
SHIPPED = [file for file in OURS if file.parts[0] == "stoa"]
TEXT = (
    ".py",
    ".md",
    ".toml",
    ".lock",
    ".json",
    ".yaml",
    ".yml",
    ".sql",
    ".ts",
    ".tsx",
    ".css",
    ".html",
    ".mjs",
    ".js",
    ".in",
    ".conf",
)


def none(violations: list[str]) -> None:
    """Fail with the violations as a list that can be read."""
    assert not violations, "\n  ".join(["", *violations])


def test_a_file_is_read_in_one_sitting() -> None:
    none(rules.too_long_files([*PYTHON, *sources(".tsx")]))


def test_a_function_is_mostly_short_and_never_long() -> None:
    none(rules.too_long_functions(OURS))


def test_every_service_has_the_same_rooms() -> None:
    none(rules.wrong_rooms(sources(".py")))


def test_modules_and_public_names_say_what_they_are_for() -> None:
    none(rules.undocumented(file for file in sources(".py") if not file.is_test and file.parts[0] in HOUSE))


def test_only_the_clock_reads_the_time() -> None:
    none(rules.clocks([*SHIPPED, *(file for file in sources(".sql") if file.service)]))


def test_bugs_are_not_caught() -> None:
    none(rules.swallowed_bugs(SHIPPED))


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    files = [*sources(*TEXT), *(file for file in sources("Makefile", ".npmrc", ".importlinter", ".ci/run"))]
    none(rules.private_addresses(files))


def test_tests_know_only_the_contracts_of_other_services() -> None:
    none(rules.strangers_in_tests(PYTHON))


def test_domains_are_pure() -> None:
    none(rules.impure_domains(PYTHON))


def test_only_a_store_speaks_to_the_database() -> None:
    none(rules.sql_outside_stores(PYTHON))


def test_types_are_left_only_with_a_reason() -> None:
    none(rules.unexplained_escapes(SHIPPED))


def test_there_are_at_most_24_services() -> None:
    services = {file.service for file in PYTHON} - {None}

    assert len(services) <= 24, "the 25th service needs a written decision"


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", ".importlinter"])
def test_the_front_door_is_complete(name: str) -> None:
    assert name in paths()
