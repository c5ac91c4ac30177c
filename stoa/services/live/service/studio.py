"""Audio and video of a class, put together: its stage, its recordings and what conference servers report."""

from collections.abc import Mapping
from dataclasses import dataclass

from stoa.kit.blobs import Blobs
from stoa.kit.clock import Clock
from stoa.kit.conferences import Conferences
from stoa.kit.store import Store
from stoa.kit.telemetry.logs import logger
from stoa.services.live.service.keeping import Keeping
from stoa.services.live.service.lane import Lane
from stoa.services.live.service.recording import RecordingControl
from stoa.services.live.service.replays import Replays
from stoa.services.live.service.reports import Reports
from stoa.services.live.service.scheduling import Scheduling
from stoa.services.live.service.staging import Staging
from stoa.services.live.store.tx import LiveTx


@dataclass(frozen=True, kw_only=True)
class Studio:
    """The parts of a class's audio and video."""

    staging: Staging
    recording: RecordingControl
    reports: Reports
    keeping: Keeping
    replays: Replays


def furnished(
    *,
    store: Store[LiveTx],
    clock: Clock,
    conferences: Mapping[str, Conferences],
    blobs: Blobs,
    scheduling: Scheduling,
    lane: Lane,
) -> Studio:
    """Put the parts together."""
    log = logger("live")
    staging = Staging(store=store, clock=clock, conferences=conferences, scheduling=scheduling, lane=lane, log=log)
    keeping = Keeping(store=store, clock=clock, conferences=conferences, blobs=blobs, log=log)
    return Studio(
        staging=staging,
        recording=RecordingControl(store=store, clock=clock, staging=staging, lane=lane, log=log),
        reports=Reports(store=store, clock=clock, conferences=conferences, staging=staging, lane=lane, log=log),
        keeping=keeping,
        replays=Replays(store=store, clock=clock, blobs=blobs, scheduling=scheduling, keeping=keeping, log=log),
    )
