"""Nothing that was uploaded is visible before the scanner has passed it."""

from pathlib import Path

import pytest

from stoa.kit.blobs import Blobs
from stoa.kit.clock import ManualClock
from stoa.kit.engines.clamd.scanner import scanner_at
from stoa.kit.scanning import ScannerUnavailable
from stoa.kit.store import Store
from stoa.kit.tests.clamd import EICAR, Clamd
from stoa.services.media.policy import MediaSettings
from stoa.services.media.service.media import Media
from stoa.services.media.store import MediaTx
from stoa.services.media.tests.building import SECRET, an_organization
from stoa.services.media.tests.test_uploads import API, Desk


@pytest.fixture
def desk(store: Store[MediaTx], blobs: Blobs, clock: ManualClock, tmp_path: Path) -> Desk:
    media = Media(
        store=store, blobs=blobs, clock=clock, settings=MediaSettings.load({}), secret=SECRET,
        scanner=scanner_at(f"clamd://{tmp_path}/clamd.ctl"),
    )  # fmt: skip
    return Desk(media, clock, an_organization())


async def test_what_the_scanner_finds_is_refused_and_leaves_nothing(desk: Desk, blobs: Blobs, tmp_path: Path) -> None:
    async with await Clamd().serve(tmp_path / "clamd.ctl"):
        bad = await desk.upload(b"Dear all,\n" + EICAR, filename="letter.txt")
        good = await desk.upload(b"Dear all,\n", filename="letter.txt")

    shown = (await desk.client.get(f"{API}/assets")).json()["items"]
    assert (bad["state"], good["state"]) == ("refused", "ready")
    assert "Eicar-Signature" in str(bad["reason"])
    assert [asset["asset_id"] for asset in shown] == [good["asset_id"]]
    assert len([head async for head in blobs.list(str(desk.organization))]) == 1


async def test_while_the_scanner_is_away_a_file_waits_in_quarantine(desk: Desk, tmp_path: Path) -> None:
    url = await desk.begin(11, filename="letter.txt")
    await desk.send(url, b"Dear all,\n\n")

    with pytest.raises(ScannerUnavailable):
        await desk.check(url)
    waiting = (await desk.client.get(url)).json()
    hidden = (await desk.client.get(f"{API}/assets")).json()["items"]
    async with await Clamd().serve(tmp_path / "clamd.ctl"):
        passed = await desk.check(url)

    assert (waiting["state"], hidden, passed["state"]) == ("checking", [], "ready")
