"""Lock files are complete, hashed and name no registry."""

import pytest

from scripts import locks

PROJECT = '[project]\ndependencies = ["click>=8,<9"]\n[project.optional-dependencies]\ndev = ["uv>=0.13"]\n'
# What the check must find; made here, so that no file of ours holds an address.
MIRROR = "https://" + "mirror.example"
HASH = " \\\n    --hash=sha256:00\n"
LOCK = f"click==8.5.1{HASH}    # via stoa\nuv==0.13.8{HASH}"


def test_the_locks_of_the_project_are_sound() -> None:
    assert locks.problems() == []


def test_a_complete_lock_has_no_gaps() -> None:
    assert locks.gaps(PROJECT, LOCK) == []


@pytest.mark.parametrize(
    ("lock", "word"),
    [
        (f"click==8.5.1{HASH}", "uv is not locked"),
        (LOCK.replace("8.5.1", "9.0"), "click is locked at 9.0"),
        ("click==8.5.1\n" + f"uv==0.13.8{HASH}", "click is pinned without a hash"),
    ],
)
def test_a_gap_is_named(lock: str, word: str) -> None:
    assert any(word in gap for gap in locks.gaps(PROJECT, lock))


@pytest.mark.parametrize(
    "line",
    [
        f"--index-url {MIRROR}/simple",
        f'"resolved": "{MIRROR}/x/-/x-1.0.0.tgz",',
        f"click @ {MIRROR}/packages/aa/click.whl",
    ],
)
def test_an_address_is_found(line: str) -> None:
    assert locks.addresses(f"# made by a command --index-url\n{line}\n") == [line]
