"""The wiring of assessment."""

from stoa.kit.manifest import Context, Manifest
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.assessment.contract.result import ProblemAnswered
from stoa.services.assessment.policy import AssessmentSettings
from stoa.services.assessment.service import Assessment
from stoa.services.assessment.store import AssessmentTx


def build(context: Context) -> Assessment:
    """Build the service from what the composition root gives it."""
    return Assessment(
        store=Store(context.database, AssessmentTx),
        clock=context.clock,
        settings=context.settings(AssessmentSettings),
        secret=context.secret("assessment.problems"),
    )


manifest = Manifest(
    name="assessment",
    summary="Problem versions, their scoring, and practice attempts",
    port=AssessmentPort,
    build=build,
    events=(ProblemAnswered,),
    settings=AssessmentSettings,
)
