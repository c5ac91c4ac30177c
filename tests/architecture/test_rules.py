"""Every rule bites: a file that breaks it is found, its mended twin is not."""

from collections.abc import Callable, Iterable

import pytest

from tests.architecture import rules
from tests.architecture.tree import Source

LONG = "def walk() -> None:\n" + "    x = 1\n" * 60
USUAL = "def walk() -> None:\n" + "    x = 1\n" * 45
SERVICE = "stoa/services/exams/"
ROOMS = [SERVICE + name for name in ("__init__.py", "contract.py", "service.py", "manifest.py", "tests/test_domain.py")]
CASES = {
    "a file over the cap": (rules.too_long_files, "stoa/x.py", "x = 1\n" * 401, "x = 1\n" * 400),
    "a TSX file over the cap": (rules.too_long_files, "web/src/X.tsx", "\n" * 251, "\n" * 250),
    "a long function": (rules.too_long_functions, "stoa/x.py", LONG, "def walk() -> None:\n    x = 1\n"),
    "too many longish functions": (rules.too_long_functions, "stoa/x.py", USUAL, USUAL + "def a(): ...\n" * 19),
    "a module without a sentence": (rules.undocumented, "stoa/x.py", "X = 1\n", '"""Owns x."""\nX = 1\n'),
    "an __init__ that does things": (rules.undocumented, "stoa/__init__.py", '"""X."""\nX = 1\n', '"""X."""\n'),
    "a silent public method": (
        rules.undocumented,
        "stoa/x.py",
        '"""X."""\nclass X:\n    """Be x."""\n    def y(self): ...\n',
        '"""X."""\nclass X:\n    """Be x."""\n    def _y(self): ...\n',
    ),
    "a read of the time": (rules.clocks, "stoa/x.py", "at = datetime.now(UTC)", "at = clock.now()"),
    "a read of the epoch": (rules.clocks, "stoa/x.py", "at = time.time()", "at = clock.monotonic()"),
    "the clock of the database": (rules.clocks, SERVICE + "store.py", "q = 'select now()'", "q = 'select $1'"),
    "a default of the database's clock": (rules.clocks, SERVICE + "migrations/0001.sql", "default now()", "not null"),
    "a swallowed bug": (
        rules.swallowed_bugs,
        "stoa/x.py",
        "try: ...\nexcept Exception:\n    pass\n",
        "try: ...\nexcept Exception:\n    close()\n    raise\n",
    ),
    "a bare except": (
        rules.swallowed_bugs,
        "stoa/x.py",
        "try: ...\nexcept: pass\n",
        "try: ...\nexcept OSError: pass\n",
    ),
    "every exception in a tuple": (
        rules.swallowed_bugs,
        "stoa/x.py",
        "try: ...\nexcept (OSError, Exception): pass\n",
        "try: ...\nexcept (OSError, ValueError): pass\n",
    ),
    "a registry": (
        rules.private_addresses,
        "x.lock",
        "https://" + rules.REGISTRIES[0] + "/simple",
        "https://example.org",
    ),
    "a machine's path": (rules.private_addresses, "x.md", "see /" + "work/x", "see /api/work/x"),
    "a home": (rules.private_addresses, "x.md", "/" + "home/ann/stoa", "/" + "home"),
    "a stranger in a test": (
        rules.strangers_in_tests,
        SERVICE + "tests/test_service.py",
        "from stoa.services.courses.store import CoursesTx",
        "from stoa.services.courses.contract import CourseId",
    ),
    "a domain that awaits": (rules.impure_domains, SERVICE + "domain.py", "async def mark(): ...", "def mark(): ..."),
    "a domain that logs": (rules.impure_domains, SERVICE + "domain.py", "import logging", "import math"),
    "SQL outside a store": (
        rules.sql_outside_stores,
        SERVICE + "service.py",
        "import asyncpg",
        "from stoa.services.exams.store import ExamsTx",
    ),
    "a silenced type": (
        rules.unexplained_escapes,
        "stoa/x.py",
        "x = y  # type: ignore" + "[attr-defined]",
        "x = y  # type: ignore" + "[attr-defined]  # the stub lacks it",
    ),
    "a cast": (rules.unexplained_escapes, "stoa/x.py", "x = cast(int, y)", "x = cast(int, y)  # checked above"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_rule_finds_what_breaks_it_and_nothing_else(case: str) -> None:
    rule, path, broken, mended = CASES[case]
    check: Callable[[Iterable[Source]], list[str]] = rule

    found, left = check([Source(path, broken)]), check([Source(path, mended)])

    assert found
    assert not left


@pytest.mark.parametrize("extra", ["utils.py", "views.py", "common/x.py", "Domain.py"])
def test_a_service_has_no_other_rooms(extra: str) -> None:
    whole = [Source(path, "") for path in ROOMS]

    assert not rules.wrong_rooms(whole)
    assert rules.wrong_rooms([*whole, Source(SERVICE + extra, "")])


@pytest.mark.parametrize("gone", ROOMS)
def test_a_service_lacks_no_mandatory_room(gone: str) -> None:
    assert rules.wrong_rooms([Source(path, "") for path in ROOMS if path != gone])


def test_a_file_that_outgrew_its_room_is_a_package_of_the_same_name() -> None:
    grown = [Source(path, "") for path in ROOMS if not path.endswith("contract.py")]

    assert not rules.wrong_rooms(
        [*grown, Source(SERVICE + "contract/__init__.py", ""), Source(SERVICE + "contract/port.py", "")]
    )
