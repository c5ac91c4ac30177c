"""The conference servers that the settings choose; what is not chosen is not imported."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from stoa.app.options import PlatformSettings
from stoa.kit.clock import Clock
from stoa.kit.conferences import Conferences, PageSources
from stoa.kit.settings import Settings

S = TypeVar("S", bound=Settings)

# Where servers report to; the live service answers there.
REPORTS = "/api/v1/live/reports/"


def conference_settings(settings: PlatformSettings) -> list[type[Settings]]:
    """Return the settings of the conference servers that are chosen."""
    found: list[type[Settings]] = []
    for name in dict.fromkeys(settings.conferences):
        match name:
            case "livekit":
                from stoa.kit.engines.livekit.conferences import LivekitSettings

                found.append(LivekitSettings)
            case "bigbluebutton":
                from stoa.kit.engines.bigbluebutton.conferences import BigbluebuttonSettings

                found.append(BigbluebuttonSettings)
            case "jitsi":
                from stoa.kit.engines.jitsi.conferences import JitsiSettings

                found.append(JitsiSettings)
            case "hls":
                from stoa.kit.engines.hls.conferences import HlsSettings

                found.append(HlsSettings)
    return found


def open_conferences(
    settings: PlatformSettings, loaded: Mapping[type[Settings], Settings], clock: Clock, *, public_url: str
) -> dict[str, Conferences]:
    """Return the chosen conference servers by name, in the order of the setting; nothing is called yet."""
    found: dict[str, Conferences] = {}
    for name in dict.fromkeys(settings.conferences):
        match name:
            case "livekit":
                from stoa.kit.engines.livekit.conferences import LivekitConferences, LivekitSettings

                found[name] = LivekitConferences(_of(loaded, LivekitSettings), clock)
            case "bigbluebutton":
                from stoa.kit.engines.bigbluebutton.conferences import BigbluebuttonConferences, BigbluebuttonSettings

                at = f"{public_url}{REPORTS}bigbluebutton"
                found[name] = BigbluebuttonConferences(_of(loaded, BigbluebuttonSettings), clock, reports_at=at)
            case "jitsi":
                from stoa.kit.engines.jitsi.conferences import JitsiConferences, JitsiSettings

                found[name] = JitsiConferences(_of(loaded, JitsiSettings), clock)
            case "hls":
                from stoa.kit.engines.hls.conferences import HlsConferences, HlsSettings

                found[name] = HlsConferences(_of(loaded, HlsSettings), clock)
    return found


def sources_of(conferences: Iterable[Conferences]) -> PageSources:
    """Return the origins that the pages need for all of them."""
    each = [one.sources for one in conferences]
    return PageSources(
        connect=tuple(dict.fromkeys(origin for one in each for origin in one.connect)),
        frame=tuple(dict.fromkeys(origin for one in each for origin in one.frame)),
    )


def _of(loaded: Mapping[type[Settings], Settings], wanted: type[S]) -> S:
    found = loaded[wanted]
    assert isinstance(found, wanted)
    return found
