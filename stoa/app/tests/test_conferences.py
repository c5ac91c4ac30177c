"""Which conference servers a platform has, and what its pages may then speak to."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from stoa.app import front
from stoa.app.conferences import conference_settings, open_conferences, sources_of
from stoa.app.embedded import survey
from stoa.kit.clock import ManualClock
from stoa.kit.conferences import PageSources
from stoa.kit.manifest import Urls
from stoa.kit.settings import SettingsInvalid

SECRET = "a-secret-of-at-least-thirty-two-bytes-long"


def test_without_a_setting_there_is_none_and_nothing_is_imported(tmp_path: Path) -> None:
    asked = "import sys, stoa.app.running; print([one for one in sys.modules if 'livekit' in one or one == 'httpx'])"
    imported = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    ground = survey({"STOA_HOME": str(tmp_path)})

    assert open_conferences(ground.settings, ground.loaded, ManualClock(), public_url="http://here") == {}
    assert conference_settings(ground.settings) == []
    assert imported.strip() == "[]"


def test_several_servers_keep_the_order_of_the_setting_and_open_the_pages_to_their_origins(tmp_path: Path) -> None:
    ground = survey(
        {
            "STOA_HOME": str(tmp_path),
            "STOA_CONFERENCES": "livekit,hls,jitsi,bigbluebutton",
            "STOA_LIVEKIT_URL": "wss://av.example",
            "STOA_LIVEKIT_PAGE": "https://lk.example",
            "STOA_LIVEKIT_KEY": "APIkey",
            "STOA_LIVEKIT_SECRET": SECRET,
            "STOA_HLS_ORIGINS": "https://cdn.example",
            "STOA_JITSI_URL": "https://meet.example",
            "STOA_JITSI_APP": "stoa",
            "STOA_JITSI_SECRET": SECRET,
            "STOA_BIGBLUEBUTTON_URL": "https://bbb.example/bigbluebutton/",
            "STOA_BIGBLUEBUTTON_SECRET": SECRET,
        }
    )

    found = open_conferences(ground.settings, ground.loaded, ManualClock(), public_url="https://learn.example")

    assert list(found) == ["livekit", "hls", "jitsi", "bigbluebutton"]
    sources = sources_of(found.values())
    assert sources.connect == ("https://cdn.example",)
    assert sources.frame == ("https://lk.example", "https://meet.example")


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"STOA_CONFERENCES": "zoom"}, "STOA_CONFERENCES"),
        ({"STOA_CONFERENCES": "livekit"}, "STOA_LIVEKIT_SECRET"),
        ({"STOA_CONFERENCES": "bigbluebutton"}, "STOA_BIGBLUEBUTTON_URL"),
    ],
)
def test_a_server_that_lacks_a_setting_is_named_at_the_start(given: dict[str, str], names: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as met:
        survey({"STOA_HOME": str(tmp_path), **given})

    assert names in str(met.value)


async def test_the_pages_policy_names_the_chosen_servers_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><html><head><title>Stoa</title></head><body></body></html>")
    monkeypatch.setattr(front, "WEB", tmp_path)
    urls = Urls(public_url="https://learn.example", content_url="https://content.example", sockets_url="")
    chosen = PageSources(connect=("wss://av.example", "https://av.example"), frame=("https://meet.example",))

    pages = front.Front(urls, api=lambda: pages, sources=chosen, beside={}).pages
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=pages), base_url="https://learn.example") as page:
        policy = (await page.get("/")).headers["content-security-policy"]

    directives = {name: sources for name, *sources in (one.split() for one in policy.split(";"))}
    assert directives["connect-src"] == ["'self'", "wss://av.example", "https://av.example"]
    assert directives["frame-src"] == ["'self'", "https://content.example", "https://meet.example"]
