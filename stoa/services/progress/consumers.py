"""What progress does about facts of others."""

from stoa.kit.events import Consumers, Heard
from stoa.services.assessment.contract.result import ProblemAnswered
from stoa.services.progress.service.desk import Desk

consumers = Consumers("progress")


@consumers.in_batches(ProblemAnswered)
async def note_answer(heard: list[Heard[ProblemAnswered]], desk: Desk) -> None:
    """Count answers, should the process that had them scored have died before it did."""
    await desk.progress.note_answers(heard)
