"""The ladder of a film, made by the real ffmpeg."""

import asyncio
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from stoa.kit.blobs import Blobs
from stoa.kit.clock import ManualClock
from stoa.kit.store import Store
from stoa.services.media.contract import AssetId
from stoa.services.media.domain import ladder
from stoa.services.media.domain.assets import Rendition
from stoa.services.media.domain.ladder import Probe
from stoa.services.media.policy import MediaSettings
from stoa.services.media.service import transcoding
from stoa.services.media.service.media import Media
from stoa.services.media.service.programs import ProgramFailed, run
from stoa.services.media.store import MediaTx
from stoa.services.media.tests.building import SECRET, Watched, an_organization
from stoa.services.media.tests.test_uploads import API, Desk, upload_of

FFMPEG = shutil.which("ffmpeg")
needs_ffmpeg = pytest.mark.skipif(FFMPEG is None, reason="ffmpeg is not on this machine")


@pytest.fixture
def desk(media: Media, clock: ManualClock) -> Desk:
    return Desk(media, clock, an_organization())


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


async def a_clip(folder: Path, *, height: int, sound: bool = True) -> bytes:
    """Make two seconds of film, once."""
    path = folder / f"{height}-{sound}.mp4"
    if not path.exists():
        size = f"{height * 16 // 9 // 2 * 2}x{height}"
        heard = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2", "-c:a", "aac"] if sound else []
        await run(
            [
                str(FFMPEG), "-v", "error", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate=12:duration=2", *heard,
                "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-y", str(path),
            ],
            within=timedelta(minutes=1),
        )  # fmt: skip
    return path.read_bytes()


async def transcoded(desk: Desk, data: bytes, media: Media, **words: str) -> tuple[dict[str, object], Watched]:
    state = await desk.upload(data, filename="clip.mp4", filetype="video/mp4", **words)
    watched = Watched()
    asset = AssetId(upload_of(f"/{state['asset_id']}"))
    await media.transcoding.transcode(organization=desk.organization, asset=asset, run_=watched)
    return (await desk.client.get(f"{API}/assets/{state['asset_id']}")).json(), watched


def a_probe(height: int, width: int = 0) -> Probe:
    return Probe(width=width or height * 16 // 9, height=height, duration_s=2.0, has_sound=True)


@pytest.mark.parametrize(
    ("height", "wanted"),
    [
        (240, [240]),
        (241, [240]),
        (360, [360]),
        (719, [360, 540]),
        (1080, [360, 540, 720, 1080]),
        (2160, [360, 540, 720, 1080]),
    ],
)
def test_no_rung_is_higher_than_the_film(height: int, wanted: list[int]) -> None:
    assert [rung.height for rung in ladder.rungs(a_probe(height))] == wanted


def test_the_sides_of_a_rung_are_even_and_keep_their_proportion() -> None:
    upright = ladder.rungs(a_probe(1280, 720))[0]

    assert (upright.width, upright.height) == (202, 360)


def test_a_ladder_that_lacks_rungs_is_a_playlist_all_the_same() -> None:
    text = ladder.playlist(
        [Rendition(height=720, width=1280, bits_per_s=1), Rendition(height=360, width=640, bits_per_s=1)]
    )

    assert [line for line in text.splitlines() if line.endswith("m3u8")] == ["360/list.m3u8", "720/list.m3u8"]


@needs_ffmpeg
async def test_a_film_gets_a_picture_and_a_ladder_that_plays(
    desk: Desk, media: Media, clips: Path, tmp_path: Path
) -> None:
    asset, watched = await transcoded(desk, await a_clip(clips, height=540), media)

    assert [rung["height"] for rung in asset["renditions"]] == [360, 540]  # type: ignore[attr-defined, index]  # JSON
    assert (asset["note"], asset["height"], round(float(str(asset["duration_s"])))) == ("", 540, 2)
    assert (await desk.client.get(str(asset["poster_url"]))).headers["content-type"] == "image/jpeg"
    base = str(asset["hls_url"]).removesuffix("/index.m3u8")
    for rung in ("360", "540"):
        names = (await desk.client.get(f"{base}/{rung}/list.m3u8")).text.splitlines()
        parts = ["init.mp4", *(name for name in names if name.endswith(".m4s"))]
        film = b"".join([(await desk.client.get(f"{base}/{rung}/{name}")).content for name in parts])
        (tmp_path / f"{rung}.mp4").write_bytes(film)
        report = await run(
            ["ffprobe", *ladder.probe_command(tmp_path / f"{rung}.mp4", reader=[])], within=timedelta(minutes=1)
        )
        found = ladder.read_probe(report)
        assert found is not None
        assert (found.height, found.has_sound) == (int(rung), True)
    done = [done for done, _, _ in watched.seen]
    assert done == sorted(done)
    assert watched.seen[-1][0] > 100


@needs_ffmpeg
async def test_making_a_ladder_again_makes_nothing_again(
    desk: Desk, media: Media, clips: Path, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset, _ = await transcoded(desk, await a_clip(clips, height=360, sound=False), media)
    before = {
        head.key: head.modified_at async for head in blobs.list(str(desk.organization)) if "list.m3u8" in head.key
    }

    again, watched = await transcoded(desk, await a_clip(clips, height=360, sound=False), media)

    after = {head.key: head.modified_at async for head in blobs.list(str(desk.organization)) if "list.m3u8" in head.key}
    assert (before, again) == (after, asset)
    assert len(watched.seen) == 1


@needs_ffmpeg
async def test_a_rung_that_fails_leaves_the_others_playable(
    desk: Desk, media: Media, clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = ladder.rung_command

    def failing(source: Path, folder: Path, rung: Rendition, *rest: object, **named: object) -> list[str]:
        command = honest(source, folder, rung, *rest, **named)  # type: ignore[arg-type]  # passed on as given
        return ["-no-such-option", *command] if rung.height == 540 else command

    monkeypatch.setattr(transcoding.ladder, "rung_command", failing)

    asset, _ = await transcoded(desk, await a_clip(clips, height=540), media)

    playlist = (await desk.client.get(str(asset["hls_url"]))).text
    assert asset["note"] == "These renditions could not be made: 540p."
    assert ("360/list.m3u8" in playlist, "540/list.m3u8" in playlist) == (True, False)


@needs_ffmpeg
async def test_the_ladder_of_a_private_film_is_private(desk: Desk, media: Media, clips: Path) -> None:
    asset, _ = await transcoded(desk, await a_clip(clips, height=360), media, visibility="private")

    plain = f"/media/{desk.organization}/{asset['sha256']}/hls/{ladder.PROFILE}/index.m3u8"
    granted = str(asset["hls_url"])

    assert (await desk.client.get(plain)).status_code == 404
    assert (await desk.client.get(granted)).status_code == 200
    assert (await desk.client.get(granted.replace("index", "360/list"))).status_code == 200


@needs_ffmpeg
async def test_a_playlist_that_is_called_a_film_reads_no_file_of_the_machine(
    desk: Desk, media: Media, tmp_path: Path
) -> None:
    trap = tmp_path / "trap.mp4"
    trap.write_text(f"#EXTM3U\n#EXTINF:1,\nfile://{Path(__file__)}\n#EXT-X-ENDLIST\n")

    with pytest.raises(ProgramFailed):
        reader = ladder.reader_of("video/mp4")
        await run(["ffprobe", *ladder.probe_command(trap, reader=reader)], within=timedelta(minutes=1))


async def test_without_ffmpeg_the_original_is_played_and_the_file_says_so(
    store: Store[MediaTx], blobs: Blobs, clock: ManualClock
) -> None:
    settings = MediaSettings.load({"STOA_MEDIA_FFMPEG": ""})
    media = Media(store=store, blobs=blobs, clock=clock, settings=settings, secret=SECRET)
    film = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(500)

    asset, _ = await transcoded(Desk(media, clock, an_organization()), film, media)

    assert (asset["renditions"], asset["hls_url"], asset["note"]) == ([], "", transcoding.NO_FFMPEG)


@needs_ffmpeg
async def test_a_file_without_a_picture_is_played_as_it_is(desk: Desk, media: Media) -> None:
    film = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(500)

    asset, _ = await transcoded(desk, film, media)

    assert (asset["renditions"], asset["note"]) == ([], transcoding.NO_PICTURE)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("end", ["time", "job"])
async def test_a_program_outlives_neither_its_time_nor_its_job(end: str) -> None:
    pids: list[int] = []
    started = asyncio.Event()

    async def hear(line: bytes) -> None:
        pids.append(int(line))
        started.set()

    within = timedelta(seconds=0.3) if end == "time" else timedelta(hours=1)
    job = asyncio.create_task(run(["sh", "-c", "echo $$; exec sleep 3600"], within=within, on_line=hear))
    await started.wait()
    if end == "job":
        job.cancel()

    with pytest.raises(ProgramFailed if end == "time" else asyncio.CancelledError):
        await job
    assert not is_alive(pids[0])


async def test_a_program_that_fails_says_why() -> None:
    with pytest.raises(ProgramFailed, match="no such"):
        await run(["sh", "-c", "echo no such film >&2; exit 3"], within=timedelta(minutes=1))
