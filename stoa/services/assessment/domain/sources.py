"""A problem source of any known format, converted and made fit to keep."""

import msgspec

from stoa.services.assessment.contract.port import ImportOutcome, ProblemSource, SourceFormat
from stoa.services.assessment.contract.problem import Problem
from stoa.services.assessment.contract.result import ProblemInvalid
from stoa.services.assessment.domain import authoring, capa
from stoa.services.assessment.domain.capa import Conversion


def converted(source: ProblemSource) -> Conversion:
    """Convert a source; one that cannot become a problem is skipped with its reason."""
    if source.format is SourceFormat.OLX:
        conversion = capa.converted(source.source, title=source.title, inherited=source.inherited)
    else:
        conversion = _own(source)
    if conversion.problem is None:
        return conversion
    try:
        problem = authoring.accepted(conversion.problem)
    except ProblemInvalid as reason:
        return Conversion(ImportOutcome.SKIPPED, reason.detail, None)
    return Conversion(conversion.outcome, conversion.reason, problem)


def _own(source: ProblemSource) -> Conversion:
    try:
        problem = msgspec.json.decode(source.source, type=Problem)
    except (msgspec.DecodeError, UnicodeEncodeError) as problem_of_source:
        return Conversion(ImportOutcome.SKIPPED, f"not a problem: {problem_of_source}", None)
    return Conversion(ImportOutcome.IMPORTED, "", problem)
