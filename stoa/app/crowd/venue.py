"""Finds the class that a crowd is for: on the embedded platform of this home, opened by its demo teacher."""

import resource
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from stoa.app.crowd.crowd import Plan
from stoa.app.crowd.http import Answer, Asking
from stoa.app.home import Running
from stoa.kit.clock import SystemClock
from stoa.kit.errors import EnvironmentProblem
from stoa.kit.realtime.realtime import WEBSOCKET

_BESIDE_SOCKETS = 256
_STATES = ("live", "open", "scheduled")
_STEPS = {"live": (), "open": ("start",), "scheduled": ("open", "start")}
Facts = Mapping[str, object]


class NoVenue(EnvironmentProblem):
    """There is nothing that a crowd could fill."""

    code, title = "stoa.no_venue", "There is no class for a crowd"


class TooFewFiles(EnvironmentProblem):
    """A socket is an open file, and this machine allows too few of them."""

    code, title = "stoa.too_few_files", "This shell allows too few open files"


def make_room_for(people: int, running: Running) -> None:
    """Raise this process's own limit on open files as far as needed, and look whether the server's is high enough."""
    wanted = people + _BESIDE_SOCKETS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = hard == resource.RLIM_INFINITY
    if not unlimited and hard < wanted:
        raise TooFewFiles(
            f"{people:,} people are {people:,} sockets, and this shell allows {hard:,} open files",
            hint=f"Run `ulimit -Hn {max(wanted, 10_000)}` as root before, or ask for --people {hard - _BESIDE_SOCKETS}",
        )
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    for process in {one.pid for one in running.services}:
        allowed = _files_of(process)
        if allowed is not None and allowed < wanted:
            raise TooFewFiles(
                f"The platform (process {process}) may open {allowed:,} files, and {people:,} people need {wanted:,}",
                hint=f"Start it after `ulimit -n {max(wanted, 10_000)}`, or ask for fewer --people",
            )


def _files_of(process: int) -> int | None:
    try:
        lines = Path(f"/proc/{process}/limits").read_text().splitlines()
    except OSError:
        return None
    found = next((line for line in lines if line.startswith("Max open files")), "")
    soft = found.removeprefix("Max open files").split()
    return int(soft[0]) if soft and soft[0].isdigit() else None


async def find_venue(running: Running, *, code: str, people: int, messages_per_s: float) -> Plan:
    """Return the plan for a class by its code, or for the teacher's first one, which is started where need be."""
    address = urlsplit(running.url)
    host, port = address.hostname or "127.0.0.1", address.port or 80
    http = Asking(host, port, connections=1)
    try:
        plan = Plan(
            host=host,
            port=port,
            websocket=f"ws://{host}:{port}{WEBSOCKET}",
            code=code or await _demo_class(http, running),
            people=people,
            messages_per_s=messages_per_s,
        )
    finally:
        http.close()
    return plan


async def _demo_class(http: Asking, running: Running) -> str:
    teacher = next((account for account in running.accounts if account.role == "instructor"), None)
    if teacher is None:
        raise NoVenue("This home has no demo teacher", hint="Say which class with --code")
    login = await http.ask(
        "POST", "/api/v1/identity/login", body={"email": teacher.email, "password": teacher.password}
    )
    headers = {"authorization": f"Bearer {_good(login, 'The demo teacher could not sign in').get('access_token')}"}
    listed = _good(await http.ask("GET", "/api/v1/live/classes", headers=headers), "The classes could not be read")
    listed_classes = cast(list[Facts], listed["items"])  # cast: JSON
    fit = [one for one in listed_classes if one.get("may_host") and one.get("takes_guests") and one["state"] in _STATES]
    chosen = min(fit, key=_nearest) if fit else await _new_class(http, headers)
    for step in _STEPS[str(chosen["state"])]:
        path = f"/api/v1/live/classes/{chosen['id']}/{step}"
        _good(await http.ask("POST", path, body={}, headers=headers), f"The class could not be changed ({step})")
    return str(chosen["code"])


async def _new_class(http: Asking, headers: Mapping[str, str]) -> Facts:
    now = SystemClock().now()
    times = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=2)).isoformat()}
    wish = {"title": "A crowded class", **times, "settings": {"takes_guests": True}}
    made = _good(await http.ask("POST", "/api/v1/live/classes", body=wish, headers=headers), "No class could be made")
    return cast(Facts, made["first"])  # cast: JSON


def _nearest(one: Facts) -> tuple[int, str]:
    return _STATES.index(str(one["state"])), str(one["starts_at"])


def _good(answer: Answer, otherwise: str) -> Facts:
    if not answer.is_good:
        raise NoVenue(f"{otherwise} (status {answer.status})", hint="Look at the platform's log, or use --code")
    return answer.read() if answer.body else {}
