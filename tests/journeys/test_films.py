"""A film goes from an author's hands to a learner's player: pieces, ladder, captions, a grant that leaves with them."""

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.harness.client import Api, wait_for
from tests.harness.lighthouse import package
from tests.harness.platform import Platform
from tests.harness.study import Learner, newcomer

FFMPEG = shutil.which("ffmpeg")
VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\nA lamp is lit\n"
needs_ffmpeg = pytest.mark.skipif(FFMPEG is None, reason="ffmpeg is not on this machine")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of a test picture."""
    path: Path = tmp_path_factory.mktemp("film") / "lamp.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=12:duration=2"]
    coded = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", str(path)]
    subprocess.run([str(FFMPEG), "-v", "error", *picture, *coded], check=True, timeout=60)
    return path.read_bytes()


def uploaded(author: Api, data: bytes) -> dict[str, object]:
    """Send a film in two pieces and return it once its ladder is made."""
    words = ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in (("filename", "lamp.mp4"),))
    tus = {"tus-resumable": "1.0.0"}
    began = author.send(
        "POST", "/media/uploads", headers={**tus, "upload-length": str(len(data)), "upload-metadata": words}
    )
    assert began.status_code == 201, began.text
    upload = began.headers["location"].rsplit("/", 1)[1]
    for at, piece in ((0, data[:5_000]), (5_000, data[5_000:])):
        headers = {**tus, "content-type": "application/offset+octet-stream", "upload-offset": str(at)}
        assert author.send("PATCH", f"/media/uploads/{upload}", content=piece, headers=headers).status_code == 204
    wait_for(lambda: author.get(f"/media/uploads/{upload}")["state"] == "ready", why="the film is taken in")
    asset = author.get(f"/media/uploads/{upload}")["asset_id"]
    wait_for(lambda: author.get(f"/media/assets/{asset}")["renditions"], why="the ladder is made", deadline_s=120)
    author.ask("PUT", f"/media/assets/{asset}/captions/en", body={"text": VTT, "label": "English"})
    found: dict[str, object] = author.get(f"/media/assets/{asset}")
    return found


def a_course_with(author: Api, film: dict[str, object]) -> tuple[str, str]:
    """Publish a course with the film in a unit of its own."""
    course = author.import_course(package("Films", run=f"films-{film['asset_id']}"), filename="c.tar.gz")["course"]
    author.post(f"/courses/{course}/assets", {"name": "lamp.mp4", "sha256": film["sha256"]}, expect=201)
    parent = None
    for kind in ("section", "subsection", "unit"):
        node = {"kind": kind, "title": "Films", "parent": parent}
        parent = author.post(f"/courses/{course}/nodes", node, expect=201)["id"]
    content = {"kind": "video", "sources": [{"url": "asset:lamp.mp4"}]}
    block = {"kind": "block", "block_kind": "video", "title": "The lamp", "parent": parent, "content": content}
    author.post(f"/courses/{course}/nodes", block, expect=201)
    author.publish(course)
    return course, str(parent)


def played(learner: Learner, unit: str) -> dict[str, object]:
    found: dict[str, object] = learner.api.get(f"/learn/{learner.course}/units/{unit}")["blocks"][0]["content"]
    return found


@needs_ffmpeg
def test_a_learner_plays_the_ladder_of_an_uploaded_film_until_they_leave(platform: Platform, film: bytes):
    author = platform.api().log_in(*platform.account("author"))
    asset = uploaded(author, film + platform.mode.encode())
    course, unit = a_course_with(author, asset)
    learner = newcomer(platform, course)

    content = played(learner, unit)
    sources, captions = content["sources"], content["captions"]
    ladder = sources[0]["url"]  # type: ignore[index]  # JSON
    stranger = platform.api()
    playlist = stranger.client.get(ladder)
    rung = stranger.client.get(ladder.replace("index.m3u8", "360/list.m3u8"))
    segment = stranger.client.get(ladder.replace("index.m3u8", "360/00000.m4s"))
    original = stranger.client.get(sources[1]["url"])  # type: ignore[index]  # JSON
    track = stranger.client.get(captions[0]["url"])  # type: ignore[index]  # JSON
    ungranted = stranger.client.get(f"/media/{author.organization}/{asset['sha256']}/hls/h264-1/index.m3u8")

    assert (playlist.status_code, "360/list.m3u8" in playlist.text, "00000.m4s" in rung.text) == (200, True, True)
    assert (segment.status_code, track.text, ungranted.status_code) == (200, VTT, 404)
    assert hashlib.sha256(original.content).hexdigest() == asset["sha256"]
    learner.api.post(f"/enrollment/courses/{course}/withdraw")
    assert learner.api.send("GET", f"/learn/{course}/units/{unit}").status_code == 403
    assert author.send("DELETE", f"/media/assets/{asset['asset_id']}").status_code == 409
