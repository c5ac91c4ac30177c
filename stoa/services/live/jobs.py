"""What live does by the clock."""

from stoa.kit.jobs import Jobs
from stoa.services.live.service.breaking_out import EndBreakout
from stoa.services.live.service.holding import EndClass
from stoa.services.live.service.live import Live
from stoa.services.live.service.personal import ForgetSaid
from stoa.services.live.service.polling import ClosePoll
from stoa.services.live.service.staging import AlignPerson, CloseStage

jobs = Jobs("live")


@jobs.on(EndClass)
async def end_class(job: EndClass, live: Live) -> None:
    """End a class that goes on for too long."""
    await live.holding.end_by_clock(job)


@jobs.on(EndBreakout)
async def end_breakout(job: EndBreakout, live: Live) -> None:
    """Bring a class back from its groups."""
    await live.breaking_out.end_by_clock(job)


@jobs.on(ClosePoll)
async def close_poll(job: ClosePoll, live: Live) -> None:
    """Close a poll whose time is over."""
    await live.polling.close_by_clock(job)


@jobs.on(AlignPerson)
async def align_person(job: AlignPerson, live: Live) -> None:
    """Bring somebody's right on the stage in line, or send them out."""
    await live.studio.staging.align_person(job)


@jobs.on(CloseStage)
async def close_stage(job: CloseStage, live: Live) -> None:
    """Close the room of a class that has ended."""
    await live.studio.staging.close(job)


@jobs.on(ForgetSaid)
async def forget_said(job: ForgetSaid, live: Live) -> None:
    """Take the name of who left the platform out of what a class was told."""
    await live.personal.forget_said(job)


@jobs.every("* * * * *")
async def look_at_recordings(live: Live) -> None:
    """Settle recordings whose files have come, and delete those whose time is over."""
    await live.studio.keeping.sweep()


@jobs.every("41 * * * *")
async def forget_reports(live: Live) -> None:
    """Forget which reports of conference servers were taken, once they are too old to be believed."""
    await live.studio.reports.forget()


@jobs.every("23 * * * *")
async def look_at_classes(live: Live) -> None:
    """Archive what is over, and forget what is kept no longer."""
    await live.holding.sweep()
