"""How live is put together."""

from stoa.kit.manifest import Context, Manifest
from stoa.services.live.contract import ClassCancelled, ClassChanged, ClassEnded, ClassScheduled, ClassStarted
from stoa.services.live.service.live import Live


def build(context: Context) -> Live:
    """Build live from what the kit gives it."""
    return Live(clock=context.clock)


manifest = Manifest(
    name="live",
    summary="Rooms that people talk, vote and raise hands in together, at the same time",
    build=build,
    events=(ClassScheduled, ClassChanged, ClassCancelled, ClassStarted, ClassEnded),
)
