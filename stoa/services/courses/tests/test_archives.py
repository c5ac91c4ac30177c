"""Packages that were cut off or damaged on their way are refused in words, never taken for our bug."""

import contextlib
import random
import tarfile
from pathlib import Path

import pytest

from stoa.services.courses.contract import UnreadablePackage
from stoa.services.courses.service.archives import Bounds, open_source

BOUNDS = Bounds(unpacked_bytes=1 << 30, files=1000, ratio=100)


def packed(folder: Path, *, mode: str) -> Path:
    course = folder / "course"
    course.mkdir()
    (course / "course.xml").write_text("<course/>")
    # What does not pack: so that every cut falls into the middle of a file.
    (course / "film.mp4").write_bytes(random.Random(1).randbytes(400_000))
    archive = folder / "course.tar.gz"
    with tarfile.open(archive, mode) as tar:  # type: ignore[call-overload]  # the mode is one of two
        tar.add(course, arcname="course")
    return archive


def read_all(archive: Path) -> None:
    with open_source(archive, bounds=BOUNDS) as source:
        for _, pieces in source.stream(set(source.names())):
            for _ in pieces:
                pass


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_an_archive_that_was_cut_off_is_refused_in_words(tmp_path: Path, mode: str, share: float) -> None:
    archive = packed(tmp_path, mode=mode)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * share)])

    if share == 0.999 and mode == "w":
        # Only the padding at the end of a plain archive is missing: everything in it is there.
        read_all(archive)
        return
    with pytest.raises(UnreadablePackage):
        read_all(archive)


def test_an_archive_with_a_flipped_byte_fails_in_no_other_way(tmp_path: Path) -> None:
    archive = packed(tmp_path, mode="w:gz")
    whole = archive.read_bytes()
    for at in range(20, len(whole), len(whole) // 40):
        archive.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        # Inside a file that does not pack it may pass: this form of archive has no sum of each file.
        with contextlib.suppress(UnreadablePackage):
            read_all(archive)


@pytest.mark.parametrize("whole", [b"PK\x03\x04" + b"x" * 400, b"\x1f\x8b" + b"x" * 400])
def test_what_begins_as_an_archive_is_said_to_be_cut_off_and_not_to_be_something_else(
    tmp_path: Path, whole: bytes
) -> None:
    (tmp_path / "course").write_bytes(whole)

    with pytest.raises(UnreadablePackage, match="cut off"):
        open_source(tmp_path / "course", bounds=BOUNDS)
