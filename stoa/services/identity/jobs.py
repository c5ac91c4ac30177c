"""The background work of identity: letters, the next signing key, the broom."""

from stoa.kit.jobs import JobRun, Jobs
from stoa.services.identity.service.identity import Identity
from stoa.services.identity.service.links import SendLink, SendTaken, WriteTo

jobs = Jobs("identity")


@jobs.on(SendLink)
async def send_link(job: SendLink, run: JobRun, identity: Identity) -> None:
    """Mail a link."""
    await identity.links.deliver(job)


@jobs.on(WriteTo)
async def write_to(job: WriteTo, run: JobRun, identity: Identity) -> None:
    """Mail the link that somebody asked for."""
    await identity.links.answer(job)


@jobs.on(SendTaken)
async def send_taken(job: SendTaken, run: JobRun, identity: Identity) -> None:
    """Tell the owner of an address that it already has an account."""
    await identity.links.deliver_taken(job)


@jobs.every("17 3 * * *")
async def rotate_signing_key(run: JobRun, identity: Identity) -> None:
    """Make the next signing key when the newest has lived long enough, and sweep what is over."""
    await identity.keys.rotate()
    await identity.sweep()
