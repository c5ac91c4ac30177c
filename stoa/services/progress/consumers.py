"""What progress does about facts of others."""

from typing import Final

from stoa.kit.events import Consumers, Heard
from stoa.services.assessment.contract.result import ProblemAnswered
from stoa.services.progress.service.desk import Desk

# Each was counted by the request that had it scored, unless that died: then it is counted so much later.
_PATIENCE_S: Final = 1.0
consumers = Consumers("progress")


@consumers.in_batches(ProblemAnswered, patience_s=_PATIENCE_S)
async def note_answer(heard: list[Heard[ProblemAnswered]], desk: Desk) -> None:
    """Count answers, should the process that had them scored have died before it did."""
    await desk.progress.note_answers(heard)
