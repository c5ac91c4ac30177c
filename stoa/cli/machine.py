"""What can be known about this machine before Stoa runs on it; nothing here changes anything."""

import asyncio
import os
import platform
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path

from stoa.app.home import Home, HomeUnusable, Running
from stoa.kit.clock import Clock, SystemClock
from stoa.kit.contract import Struct
from stoa.kit.engines.postgres.binaries import way_from
from stoa.kit.http.listening import advice_on
from stoa.kit.settings import SettingsInvalid

BUNDLED_MAJOR = 18
LEAST_FREE_BYTES = 200 * 1024**2
CLAMD_PORT = 3310
LEAST_FILES = 10_000
COMFORTABLE_FREE_BYTES = 2 * 1024**3
LEAST_MEMORY_BYTES = 512 * 1024**2
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Finding(Struct, frozen=True, kw_only=True):
    """One thing looked at: its state, a sentence, and what to do where something is to be done."""

    name: str
    state: Literal["ok", "warn", "fail"]
    sentence: str
    advice: str = ""


def examine(environment: Mapping[str, str], *, clock: Clock | None = None) -> list[Finding]:
    """Look at everything that Stoa needs or would like, in the order in which it would trip over it."""
    home = home_of(environment)
    host, port = environment.get("STOA_HOST", "127.0.0.1"), _port(environment, "STOA_PORT", 8000)
    content_port = _port(environment, "STOA_CONTENT_PORT", port + 1)
    checks: list[Callable[[], Finding]] = [
        check_python,
        lambda: check_settings(environment),
        lambda: check_home(home),
        lambda: check_disk(home),
        lambda: check_data(home),
        lambda: check_port("port", host, port, home=home),
        lambda: check_port("content port", host, content_port, home=home, setting="STOA_CONTENT_PORT"),
        lambda: check_sockets_port(environment, content_port, home=home),
        check_files,
        check_account,
        check_memory,
        lambda: check_clock(clock or SystemClock()),
        check_ffmpeg,
        lambda: check_scanner(environment),
        lambda: check_conferences(environment),
        lambda: check_broker(environment),
        lambda: check_chromium(environment),
        check_web,
    ]
    return [check() for check in checks]


def home_of(environment: Mapping[str, str]) -> Path:
    """Return the folder that holds all data."""
    given = environment.get("STOA_HOME")
    return Path(given).expanduser().absolute() if given else user_data_path("stoa", appauthor=False)


def _port(environment: Mapping[str, str], variable: str, default: int) -> int:
    text = environment.get(variable, "")
    return int(text) if text.isdigit() and int(text) <= 65_535 else default


def check_python() -> Finding:
    """Check the interpreter and the machine it was made for."""
    has = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info < (3, 11):  # noqa: UP036 - the sentence is for somebody who forced an older one
        return Finding(
            name="python", state="fail", sentence=f"{has} is too old.", advice="Install Python 3.11 or newer."
        )
    return Finding(name="python", state="ok", sentence=f"{has}.")


def check_settings(environment: Mapping[str, str]) -> Finding:
    """Check the settings as a start does, and that the packages are there which every part of Stoa needs."""
    try:
        from stoa.app.embedded import read_settings
        from stoa.topology import discover

        read_settings(environment, discover())
    except ImportError as error:
        sentence = f"The Python package {error.name} is missing from {sys.executable}."
        advice = "Run `make setup` in a clone and use .venv/bin/stoa, or install Stoa's wheel anew."
        return Finding(name="settings", state="fail", sentence=sentence, advice=advice)
    except SettingsInvalid as error:
        advice = "Correct or unset them; docs/reference/settings.md lists all there are."
        return Finding(name="settings", state="fail", sentence=" ".join(error.problems), advice=advice)
    return Finding(name="settings", state="ok", sentence="The settings can be used.")


def _stands(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # it lies in a folder that we may not look into
        return False


def _standing_part(path: Path) -> Path:
    return next(part for part in (path, *path.parents) if _stands(part))


def check_home(home: Path) -> Finding:
    """Check that the home is, or can be made, a folder we may write to, and that it is a home of this Stoa."""
    place = _standing_part(home)
    advice = "Choose another folder with --home or STOA_HOME, or mend its rights."
    if not place.is_dir():
        return Finding(name="home", state="fail", sentence=f"{place} is not a folder.", advice=advice)
    try:
        for folder in (place, *(home / name for name in ("run", "secrets", "blobs") if _stands(home / name))):
            with tempfile.TemporaryFile(dir=folder):
                pass
        Home(home).check_format()
    except OSError as error:
        sentence = f"The home {home} cannot be written: {error.strerror}."
        return Finding(name="home", state="fail", sentence=sentence, advice=advice)
    except HomeUnusable as error:
        return Finding(name="home", state="fail", sentence=f"{error.detail}.", advice=f"{error.hint}.")
    state = "holds data" if _stands(home / "format") else "will be made" if place != home else "is empty"
    return Finding(name="home", state="ok", sentence=f"The home {home} can be written and {state}.")


def check_disk(home: Path, *, least: int = LEAST_FREE_BYTES, comfortable: int = COMFORTABLE_FREE_BYTES) -> Finding:
    """Check the room on the disk of the home."""
    free = shutil.disk_usage(_standing_part(home)).free
    room = f"{free / 1024**3:.1f} GB" if free >= 1024**3 else f"{free // 1024**2} MB"
    sentence = f"{room} are free on the disk of the home."
    if free < least:
        advice = f"Make room ({least // 1024**2} MB at least), or choose another home with --home or STOA_HOME."
        return Finding(name="disk", state="fail", sentence=sentence, advice=advice)
    if free < comfortable:
        return Finding(name="disk", state="warn", sentence=sentence, advice="Make room before courses with video come.")
    return Finding(name="disk", state="ok", sentence=sentence)


def check_data(home: Path, *, uid: int | None = None) -> Finding:
    """Check that the database in the home is ours, and of the PostgreSQL that this Stoa runs."""
    place = _standing_part(home)
    if not os.access(place, os.R_OK | os.X_OK):
        sentence, advice = f"What lies in {place} cannot be looked at.", "Run this as the account that owns the home."
        return Finding(name="data", state="warn", sentence=sentence, advice=advice)
    versions = list(home.glob("postgres/*/PG_VERSION"))
    found = {path.read_text().strip() for path in versions if os.access(path, os.R_OK)}
    others = sorted(found - {str(BUNDLED_MAJOR)})
    if others and str(BUNDLED_MAJOR) not in found:
        sentence = f"The home holds data of PostgreSQL {others[0]}, and this Stoa runs PostgreSQL {BUNDLED_MAJOR}."
        return Finding(name="data", state="fail", sentence=sentence, advice=way_from(others[0]))
    own = os.geteuid() if uid is None else uid
    owners = {path.parent.stat().st_uid for path in versions} - {own}
    if owners:
        sentence = f"The database belongs to the account with the number {owners.pop()}, not to {own}."
        advice = "Run Stoa as the account that made this home, or choose another home with --home or STOA_HOME."
        return Finding(name="data", state="fail", sentence=sentence, advice=advice)
    what = f"is of PostgreSQL {BUNDLED_MAJOR}" if found else "is not there yet"
    return Finding(name="data", state="ok", sentence=f"The database {what}.")


def check_port(name: str, host: str, port: int, *, home: Path, setting: str = "STOA_PORT") -> Finding:
    """Check that a port can be listened on; a Stoa that already runs on this home may well hold it."""
    if port == 0:
        return Finding(name=name, state="ok", sentence=f"The {name} is left to the machine.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            running = _running(home)
            if running is not None and port in _ports(running):
                sentence = f"The {name} {host}:{port} is held by the Stoa that runs on this home."
                return Finding(name=name, state="ok", sentence=sentence)
            sentence = f"The {name} {host}:{port} cannot be listened on: {error.strerror or error}."
            advice = f"{advice_on(error, setting=setting)}."
            return Finding(name=name, state="fail" if running is None else "warn", sentence=sentence, advice=advice)
    return Finding(name=name, state="ok", sentence=f"The {name} {host}:{port} is free.")


def _running(home: Path) -> Running | None:
    try:
        return Home(home).running()
    except OSError:
        return None


def _ports(running: Running) -> set[int | None]:
    return {urlsplit(url).port for url in (running.url, running.content_url, running.sockets_url)}


def check_sockets_port(environment: Mapping[str, str], content_port: int, *, home: Path) -> Finding:
    """Check the port of the sockets, which only a platform of many processes needs."""
    port = _port(environment, "STOA_SOCKETS_PORT", content_port + 1 if content_port else 0)
    found = check_port("sockets port", environment.get("STOA_HOST", "127.0.0.1"), port, home=home)
    if found.state != "fail":
        return found
    advice = "Only `stoa up --split` needs it. Stop what uses it, or choose another with STOA_SOCKETS_PORT."
    return Finding(name=found.name, state="warn", sentence=found.sentence, advice=advice)


def check_files(limit: int | None = None) -> Finding:
    """Check how many files a process may hold open: each socket is one."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1] if limit is None else limit
    if most in (resource.RLIM_INFINITY, -1):
        return Finding(name="files", state="ok", sentence="A process may hold as many sockets open as there are.")
    sentence = f"A process may hold {most:,} files open, so at most about {max(0, most - 500):,} sockets."
    if most < LEAST_FILES:
        advice = f"For a class of thousands raise the limit: `ulimit -Hn {LEAST_FILES}`, or LimitNOFILE= of systemd."
        return Finding(name="files", state="warn", sentence=sentence, advice=advice)
    return Finding(name="files", state="ok", sentence=sentence)


def check_account(uid: int | None = None) -> Finding:
    """Check as whom PostgreSQL can run: it refuses root, so root needs a user namespace or a spare account."""
    if (os.geteuid() if uid is None else uid) != 0:
        return Finding(name="account", state="ok", sentence="Stoa runs as an ordinary account.")
    command = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "true"]
    if shutil.which("unshare") and subprocess.run(command, capture_output=True, check=False).returncode == 0:
        return Finding(name="account", state="ok", sentence="Root may make user namespaces, so PostgreSQL runs in one.")
    sentence = "Root may make no user namespace here, so PostgreSQL runs as the account stoa under /var/lib/stoa."
    if shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin") is None:
        advice = "Make an account named stoa, or run Stoa as an ordinary account."
        return Finding(name="account", state="fail", sentence=sentence, advice=advice)
    return Finding(name="account", state="warn", sentence=sentence, advice="Better: run Stoa as an ordinary account.")


def check_memory(file: Path = Path("/proc/meminfo")) -> Finding:
    """Check the memory that is free for use."""
    found = re.search(r"MemAvailable:\s+(\d+) kB", file.read_text()) if file.exists() else None
    if found is None:
        return Finding(name="memory", state="ok", sentence="How much memory is free cannot be read here.")
    free = int(found[1]) * 1024
    sentence = f"{free / 1024**3:.1f} GB of memory are available."
    if free < LEAST_MEMORY_BYTES:
        return Finding(name="memory", state="warn", sentence=sentence, advice="Close something: Stoa wants 512 MB.")
    return Finding(name="memory", state="ok", sentence=sentence)


def check_clock(clock: Clock) -> Finding:
    """Check that the machine's clock is not before the files it runs: tokens and dates depend on it."""
    written = max((path.stat().st_mtime for path in Path(__file__).parent.glob("*.py")), default=0.0)
    now, built = clock.now(), datetime.fromtimestamp(written, UTC)
    if now < built - timedelta(days=1):
        sentence = f"The clock says {now:%Y-%m-%d %H:%M} UTC, which is before this Stoa was installed."
        return Finding(
            name="clock", state="fail", sentence=sentence, advice="Set the clock (timedatectl set-ntp true)."
        )
    return Finding(name="clock", state="ok", sentence=f"The clock says {now:%Y-%m-%d %H:%M} UTC.")


def check_ffmpeg() -> Finding:
    """Check for ffmpeg, which makes videos for slow lines."""
    if path := shutil.which("ffmpeg"):
        return Finding(name="ffmpeg", state="ok", sentence=f"ffmpeg is at {path}; videos get lighter copies.")
    advice = "Install the package ffmpeg; without it the original video is delivered."
    return Finding(name="ffmpeg", state="warn", sentence="There is no ffmpeg.", advice=advice)


def check_scanner(environment: Mapping[str, str]) -> Finding:
    """Check whether uploads are searched for malicious software, which nobody does unless a scanner is named."""
    address = environment.get("STOA_MEDIA_SCANNER", "")
    if not address:
        advice = "Install clamav-daemon and set STOA_MEDIA_SCANNER=clamd:///run/clamav/clamd.ctl to have them searched."
        sentence = "Uploads are not searched for malicious software."
        return Finding(name="scanner", state="warn", sentence=sentence, advice=advice)
    parts = urlsplit(address)
    if parts.scheme == "clamd" and _listens(parts.hostname, parts.port or CLAMD_PORT, parts.path):
        return Finding(name="scanner", state="ok", sentence=f"Uploads are searched by the scanner at {address}.")
    sentence = f"The scanner at {address} does not answer: uploads wait in quarantine until it does."
    return Finding(
        name="scanner", state="warn", sentence=sentence, advice="Start clamd, or correct STOA_MEDIA_SCANNER."
    )


def check_conferences(environment: Mapping[str, str]) -> Finding:
    """Check that the conference servers answer that are named; without one classes have no audio and video."""
    named = [one.strip() for one in environment.get("STOA_CONFERENCES", "").split(",") if one.strip()]
    if not named:
        sentence = "No conference server is named; classes work with slides, whiteboard and chat."
        return Finding(name="conferences", state="ok", sentence=sentence)
    # A broadcast is an address that browsers read from; it has no server that we call.
    addresses = {one: urlsplit(environment.get(f"STOA_{one.upper()}_URL", "")) for one in named if one != "hls"}
    away = [
        one
        for one, parts in addresses.items()
        if not _listens(parts.hostname, parts.port or (443 if parts.scheme in ("https", "wss") else 80), "")
    ]
    if not away:
        return Finding(name="conferences", state="ok", sentence=f"Audio and video come from {', '.join(named)}.")
    variables = ", ".join(f"STOA_{one.upper()}_URL" for one in away)
    sentence = f"{', '.join(away)} does not answer: classes are held without their audio and video until it does."
    return Finding(name="conferences", state="warn", sentence=sentence, advice=f"Start it, or correct {variables}.")


def check_broker(environment: Mapping[str, str]) -> Finding:
    """Check that the event broker answers, where one is named, and that its topics have the partitions they need."""
    brokers = environment.get("STOA_KAFKA", "")
    if not brokers:
        return Finding(name="broker", state="ok", sentence="No event broker is named; events stay in the process.")
    # A second to import, for those who have a broker.
    from stoa.kit.engines.kafka.bus import PARTITIONS
    from stoa.kit.engines.kafka.topics import TROUBLE, advice_on, small_topics

    try:
        small = asyncio.run(small_topics(brokers, least=PARTITIONS))
    except TROUBLE:
        sentence = f"The event broker at {brokers} does not answer."
        return Finding(name="broker", state="fail", sentence=sentence, advice="Start it, or correct STOA_KAFKA.")
    if small:
        topics = ", ".join(f"{topic} has {count} of {PARTITIONS}" for topic, count in small.items())
        sentence = f"Topics of the event broker at {brokers} have too few partitions: {topics}."
        advice = advice_on(small, brokers, least=PARTITIONS)
        return Finding(name="broker", state="fail", sentence=sentence, advice=advice)
    return Finding(name="broker", state="ok", sentence=f"The event broker at {brokers} answers.")


def _listens(host: str | None, port: int, path: str) -> bool:
    family = socket.AF_INET if host else socket.AF_UNIX
    with socket.socket(family, socket.SOCK_STREAM) as line:
        line.settimeout(2)
        # A name that is none raises, whatever the method's name says.
        try:
            return line.connect_ex((host, port) if host else path) == 0
        except OSError:
            return False


def check_chromium(environment: Mapping[str, str]) -> Finding:
    """Check for Chromium, which only the browser tests need."""
    names = (environment["STOA_CHROMIUM"],) if environment.get("STOA_CHROMIUM") else CHROMIUMS
    if path := next(filter(None, map(shutil.which, names)), None):
        return Finding(name="chromium", state="ok", sentence=f"Chromium is at {path}.")
    advice = "Only `make test` needs it: install the package chromium, or set STOA_CHROMIUM."
    return Finding(name="chromium", state="warn", sentence="There is no Chromium.", advice=advice)


def check_web() -> Finding:
    """Check that the web is built; a clone builds it at set-up, a wheel carries it."""
    if (Path(__file__).resolve().parents[1] / "web" / "index.html").exists():
        return Finding(name="web", state="ok", sentence="The web is built; running Stoa needs no Node.")
    node = shutil.which("node")
    tool = f"Node is at {node}" if node else "there is no Node, so the one in its wheel will be used"
    sentence = f"The web is not built; {tool}."
    return Finding(name="web", state="warn", sentence=sentence, advice="Run `make setup` in the clone.")
