"""Problems written in the OLX dialect, for the tests of its converter."""

from stoa.services.assessment.contract.problem import Problem
from stoa.services.assessment.contract.result import Response
from stoa.services.assessment.domain import address, capa, markup, scoring, selftest


def problem_of(inside: str, **attributes: str) -> Problem:
    conversion = converted(inside, **attributes)
    assert conversion.problem is not None, conversion.reason
    assert not selftest.examined(conversion.problem, version=address.version_of(conversion.problem)).failures
    return conversion.problem


def converted(inside: str, **attributes: str) -> capa.Conversion:
    written = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return capa.converted(f"<problem {written}>{inside}</problem>", title="Fallback")


def told(problem: Problem, answers: dict) -> list[str]:
    scored = scoring.score(problem, Response(answers=answers))
    return [markup.text(line) for part in scored.parts for line in part.feedback]


def choice(problem: Problem, words: str, part: int = 0) -> str:
    return next(one.id for one in problem.parts[part].choices if markup.text(one.html) == words)


RADIO = (
    "<multiplechoiceresponse><label>Which?</label><description>One only.</description><choicegroup>"
    '<choice correct="false">A<choicehint label="No">because</choicehint></choice><choice correct="true">B</choice>'
    "</choicegroup></multiplechoiceresponse>"
)
