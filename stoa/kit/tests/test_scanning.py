"""The scanner for malicious software, against a counterpart of clamd that speaks its protocol over a real socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stoa.kit.engines.clamd.scanner import ScannerMisnamed, scanner_at
from stoa.kit.scanning import NoScanner, ScannerUnavailable, TooLargeToScan
from stoa.kit.tests.clamd import EICAR, Clamd


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_clamd_hears_the_whole_file_and_its_word_is_passed_on(tmp_path: Path) -> None:
    clamd = Clamd()
    async with await clamd.serve(tmp_path / "clamd.ctl"):
        scanner = scanner_at(f"clamd://{tmp_path}/clamd.ctl")

        clean = await scanner.scan(pieces(b"a" * 300_000, b"b"))
        found = await scanner.scan(pieces(b"x" * 10, EICAR[:30], EICAR[30:]))

    assert (clean, found) == ("", "Eicar-Signature")
    assert clamd.seen[0] == b"a" * 300_000 + b"b"


async def test_a_file_that_clamd_cuts_off_is_too_large(tmp_path: Path) -> None:
    async with await Clamd(max_bytes=100_000).serve(tmp_path / "clamd.ctl"):
        with pytest.raises(TooLargeToScan):
            await scanner_at(f"clamd://{tmp_path}/clamd.ctl").scan(pieces(*[bytes(200_000)] * 40))


async def test_a_scanner_that_is_away_is_unavailable_and_never_a_clean_word(tmp_path: Path) -> None:
    with pytest.raises(ScannerUnavailable):
        await scanner_at(f"clamd://{tmp_path}/nobody.ctl").scan(pieces(b"a"))


def test_the_setting_names_a_scanner_or_none() -> None:
    assert isinstance(scanner_at(""), NoScanner)
    for wrong in ("clamav", "http://localhost:3310", "clamd://"):
        with pytest.raises(ScannerMisnamed):
            scanner_at(wrong)
