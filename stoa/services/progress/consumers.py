"""What progress does about facts of others."""

from stoa.kit.events import Consumers, Delivery
from stoa.services.assessment.contract.result import ProblemAnswered
from stoa.services.progress.service.desk import Desk

consumers = Consumers("progress")


@consumers.on(ProblemAnswered)
async def note_answer(event: ProblemAnswered, delivery: Delivery, desk: Desk) -> None:
    """Count an answer, should the process that had it scored have died before it did."""
    await desk.progress.note_answer(event, delivery=delivery)
