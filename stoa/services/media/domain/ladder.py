"""The ladder of a film: which rungs it has, how ffmpeg makes them, and the playlist that holds them together."""

from pathlib import Path

import msgspec

from stoa.kit.contract import Struct
from stoa.services.media.domain.assets import Rendition

# Part of every rendition's address: another number, and all films are made anew beside the old ones.
PROFILE = "h264-1"
SEGMENT_S = 4
_RATES = {360: 800_000, 540: 1_600_000, 720: 3_000_000, 1080: 5_500_000}
_SOUND = 128_000
# The reader of a format is chosen by us: a playlist that is called a film must not name files of this machine.
_READERS = {
    "video/mp4": "mov", "video/quicktime": "mov", "video/3gpp": "mov", "video/webm": "matroska",
    "video/x-matroska": "matroska", "video/x-msvideo": "avi", "video/mpeg": "mpeg", "video/x-flv": "flv",
    "video/x-ms-wmv": "asf", "video/ogg": "ogg",
}  # fmt: skip


class Probe(Struct, frozen=True, kw_only=True):
    """What ffprobe says of a film."""

    width: int
    height: int
    duration_s: float
    has_sound: bool


class _Stream(msgspec.Struct):
    codec_type: str = ""
    width: int = 0
    height: int = 0


class _Format(msgspec.Struct):
    duration: str = "0"


class _Report(msgspec.Struct):
    streams: list[_Stream] = []
    format: _Format = msgspec.field(default_factory=_Format)


def read_probe(report: bytes) -> Probe | None:
    """Read ffprobe's report, None where there is no picture in it."""
    try:
        found = msgspec.json.decode(report, type=_Report)
        duration_s = float(found.format.duration)
    except (msgspec.DecodeError, ValueError):
        return None
    picture = next((one for one in found.streams if one.codec_type == "video" and one.height > 0), None)
    if picture is None:
        return None
    has_sound = any(one.codec_type == "audio" for one in found.streams)
    return Probe(width=picture.width, height=picture.height, duration_s=duration_s, has_sound=has_sound)


def rungs(probe: Probe) -> list[Rendition]:
    """Return the rungs for a film, the lowest first; none is higher than the film."""
    heights = [height for height in _RATES if height <= probe.height] or [probe.height - probe.height % 2 or 2]
    return [_rung(height, probe) for height in heights]


def reader_of(content_type: str) -> list[str]:
    """Return the options by which ffmpeg reads a file of a type, and nothing but that file."""
    reader = _READERS.get(content_type)
    return ["-protocol_whitelist", "file,pipe", *(["-f", reader] if reader else [])]


def rung_command(
    source: Path, folder: Path, rung: Rendition, probe: Probe, *, reader: list[str], threads: int
) -> list[str]:
    """Return ffmpeg's arguments that write one rung into a folder."""
    sound = ["-map", "0:a:0", "-c:a", "aac", "-b:a", str(_SOUND), "-ac", "2"] if probe.has_sound else []
    return [
        "-nostdin", "-v", "error", "-progress", "pipe:1", "-threads", str(threads), *reader, "-i", str(source),
        "-map", "0:v:0", *sound, "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1",
        "-vf", f"scale={rung.width}:{rung.height},format=yuv420p", "-c:v", "libx264", "-preset", "veryfast",
        "-threads", str(threads), "-b:v", str(rung.bits_per_s), "-maxrate", str(rung.bits_per_s * 11 // 10),
        "-bufsize", str(rung.bits_per_s * 2), "-force_key_frames", f"expr:gte(t,n_forced*{SEGMENT_S})",
        "-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4",
        "-hls_flags", "independent_segments", "-hls_fmp4_init_filename", "init.mp4",
        "-hls_segment_filename", str(folder / "%05d.m4s"), str(folder / "list.m3u8"),
    ]  # fmt: skip


def poster_command(source: Path, picture: Path, probe: Probe, *, reader: list[str]) -> list[str]:
    """Return ffmpeg's arguments that take a picture out of a film."""
    at = min(1.0, probe.duration_s / 4)
    return [
        "-nostdin", "-v", "error", *reader, "-ss", f"{at:.2f}", "-i", str(source), "-frames:v", "1",
        "-vf", "scale=-2:'min(720,ih)'", "-map_metadata", "-1", "-q:v", "4", "-f", "image2", "-y", str(picture),
    ]  # fmt: skip


def probe_command(source: Path, *, reader: list[str]) -> list[str]:
    """Return ffprobe's arguments."""
    return ["-v", "error", *reader, "-show_streams", "-show_format", "-of", "json", str(source)]


def playlist(made: list[Rendition]) -> str:
    """Return the playlist of the rungs that are there: a ladder that lacks some is played all the same."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for rung in sorted(made, key=lambda one: one.height):
        rate = rung.bits_per_s * 11 // 10 + _SOUND
        lines += [
            f"#EXT-X-STREAM-INF:BANDWIDTH={rate},RESOLUTION={rung.width}x{rung.height}",
            f"{rung.height}/list.m3u8",
        ]
    return "\n".join(lines) + "\n"


def seconds_done(line: bytes) -> float | None:
    """Return how far ffmpeg says it is, None for its other lines."""
    name, _, value = line.decode(errors="replace").strip().partition("=")
    return int(value) / 1_000_000 if name == "out_time_us" and value.isdigit() else None


def _rung(height: int, probe: Probe) -> Rendition:
    width = max(2, round(probe.width * height / probe.height / 2) * 2)
    rate = _RATES.get(height, _RATES[360] // 2)
    return Rendition(height=height, width=width, bits_per_s=rate)
