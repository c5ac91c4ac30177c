"""What live does by the clock."""

from stoa.kit.jobs import Jobs
from stoa.services.live.service.breaking_out import EndBreakout
from stoa.services.live.service.holding import EndClass
from stoa.services.live.service.live import Live

jobs = Jobs("live")


@jobs.on(EndClass)
async def end_class(job: EndClass, live: Live) -> None:
    """End a class that goes on for too long."""
    await live.holding.end_by_clock(job)


@jobs.on(EndBreakout)
async def end_breakout(job: EndBreakout, live: Live) -> None:
    """Bring a class back from its groups."""
    await live.breaking_out.end_by_clock(job)


@jobs.every("23 * * * *")
async def look_at_classes(live: Live) -> None:
    """Archive what is over, and forget what is kept no longer."""
    await live.holding.sweep()
