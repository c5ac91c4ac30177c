"""The use cases over a real PostgreSQL: versions, attempts under race, drafts, hints, release."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.store import Store
from stoa.kit.testing.ports import checked
from stoa.services.assessment.contract.port import AssessmentPort, ImportOutcome, ProblemSource, SourceFormat
from stoa.services.assessment.contract.problem import ShowAnswer, ShowCorrectness, WordCloud
from stoa.services.assessment.contract.result import (
    AttemptKeyReused,
    BlockId,
    Correctness,
    CourseId,
    HintOutOfTurn,
    NoAttemptsLeft,
    NoMoreHints,
    NothingAnswered,
    ProblemNotFound,
    Response,
    ResponseTooLarge,
    SolutionWithheld,
    TooSoon,
)
from stoa.services.assessment.policy import AssessmentSettings
from stoa.services.assessment.service import Assessment
from stoa.services.assessment.store import AssessmentTx
from stoa.services.assessment.tests.builders import (
    a_numerical,
    a_poll,
    a_problem,
    a_short_text,
    a_single_choice,
    a_survey,
)

pytestmark = pytest.mark.timeout(120)


class Desk:
    """One learner before one problem in one block."""

    def __init__(self, assessment, organization, problem) -> None:
        self.assessment = checked(AssessmentPort, assessment)
        self.where = {"organization": organization, "user": UserId(new_id()), "block": BlockId(new_id())}
        self.course = CourseId(new_id())
        self.problem = problem

    async def answer(self, answer, *, key=None, part="single", **more):
        response = Response(answers={part: answer})
        return await self.assessment.answer(
            **self.where,
            course=self.course,
            problem=self.problem,
            response=response,
            attempt_key=key or str(new_id()),
            **more,
        )

    async def state(self, **more):
        return await self.assessment.attempt_of(**self.where, problem=self.problem, **more)

    async def solution(self, **more):
        return await self.assessment.solution(**self.where, problem=self.problem, **more)

    async def hint(self, number):
        return await self.assessment.hint(**self.where, course=self.course, problem=self.problem, number=number)

    async def draft(self, response):
        return await self.assessment.save_draft(
            **self.where, course=self.course, problem=self.problem, response=response
        )


@pytest.fixture
async def assessment(store_for, clock) -> Assessment:
    store: Store[AssessmentTx] = await store_for("assessment", AssessmentTx)
    return Assessment(store=store, clock=clock, settings=AssessmentSettings(), secret=b"s" * 32)


@pytest.fixture
def organization() -> OrganizationId:
    return OrganizationId(new_id())


@pytest.fixture
def desk(assessment, organization):
    async def seat(problem) -> Desk:
        return Desk(assessment, organization, await assessment.save_problem(organization=organization, problem=problem))

    return seat


async def published(assessment, organization) -> list[dict]:
    async with assessment.store.reading(organization=organization) as tx:
        rows = await tx.fetch(
            "select envelope from assessment.outbox where organization_id = $1 order by seq", organization
        )
    return [
        msgspec.json.decode(row["envelope"]) if isinstance(row["envelope"], (str, bytes)) else row["envelope"]
        for row in rows
    ]


async def test_the_same_source_imported_twice_is_one_version(assessment, organization):
    source = ProblemSource(
        key="a",
        source='<problem><multiplechoiceresponse><choicegroup><choice correct="true">A</choice>'
        '<choice correct="false">B</choice></choicegroup></multiplechoiceresponse></problem>',
    )

    first = await assessment.import_problems(organization=organization, sources=[source])
    second = await assessment.import_problems(organization=organization, sources=[source, source])

    assert first[0].outcome is ImportOutcome.IMPORTED
    assert {one.problem for one in second} == {first[0].problem}
    async with assessment.store.reading(organization=organization) as tx:
        assert await tx.fetchval("select count(*) from assessment.problems") == 1


async def test_what_cannot_be_converted_is_skipped_with_its_reason_and_the_rest_is_kept(assessment, organization):
    good = msgspec.json.encode(a_problem(a_single_choice())).decode()
    sources = [
        ProblemSource(key="python", source="<problem><customresponse cfn='f'><textline/></customresponse></problem>"),
        ProblemSource(key="broken", source="<problem>"),
        ProblemSource(key="own", source=good, format=SourceFormat.STOA),
        ProblemSource(key="own-broken", source="{}", format=SourceFormat.STOA),
    ]

    outcomes = await assessment.import_problems(organization=organization, sources=sources)

    assert [one.key for one in outcomes] == ["python", "broken", "own", "own-broken"]
    assert [one.problem is None for one in outcomes] == [True, True, False, True]
    assert "python" in outcomes[0].reason
    assert "well-formed" in outcomes[1].reason


async def test_an_exported_problem_comes_back_as_the_same_version(assessment, organization):
    version = await assessment.save_problem(organization=organization, problem=a_problem(a_single_choice()))
    (exported,) = await assessment.problems_of(organization=organization, ids=[version])
    source = msgspec.json.encode(exported).decode()

    (back,) = await assessment.import_problems(
        organization=organization, sources=[ProblemSource(key="x", source=source, format=SourceFormat.STOA)]
    )

    assert back.problem == version


async def test_another_organization_does_not_know_the_problem(assessment, organization):
    version = await assessment.save_problem(organization=organization, problem=a_problem(a_single_choice()))

    with pytest.raises(ProblemNotFound):
        await assessment.views_of(organization=OrganizationId(new_id()), ids=[version], seed="u")


async def test_a_right_answer_is_scored_kept_and_told(assessment, organization, desk):
    learner = await desk(a_problem(a_single_choice(), weight=Decimal(3)))

    result = await learner.answer("c2")

    assert (result.attempt, result.is_counted, result.scored.points) == (1, True, Decimal(3))
    assert result.is_solution_released
    state = await learner.state()
    assert state.response == Response(answers={"single": "c2"})
    assert state.best_points == Decimal(3)
    (event,) = await published(assessment, organization)
    assert event["type"] == "stoa.assessment.problem-answered.v1"
    assert (event["data"]["points"], event["data"]["attempt"]) == ("3", 1)


async def test_the_same_attempt_key_counts_once_even_in_a_race(assessment, organization, desk):
    learner = await desk(a_problem(a_single_choice(), max_attempts=3))

    results = await asyncio.gather(*(learner.answer("c1", key="k") for _ in range(20)))

    assert all(one == results[0] for one in results)
    assert (await learner.state()).attempts == 1
    assert len(await published(assessment, organization)) == 1


async def test_an_attempt_key_with_another_answer_is_refused(desk):
    learner = await desk(a_problem(a_single_choice()))
    await learner.answer("c1", key="k")

    with pytest.raises(AttemptKeyReused):
        await learner.answer("c2", key="k")


async def test_attempts_end_at_the_maximum_even_in_a_race(assessment, desk):
    learner = await desk(a_problem(a_single_choice(), max_attempts=3))
    learner.assessment = assessment

    outcomes = await asyncio.gather(*(learner.answer("c1") for _ in range(12)), return_exceptions=True)

    assert sum(isinstance(one, NoAttemptsLeft) for one in outcomes) == 9
    assert sorted(one.attempt for one in outcomes if not isinstance(one, Exception)) == [1, 2, 3]
    state = await learner.state()
    assert (state.attempts, state.attempts_left, state.is_solution_released) == (3, 0, True)


async def test_an_unreadable_answer_costs_no_attempt_and_is_kept_as_draft(desk):
    learner = await desk(a_problem(a_numerical(), max_attempts=1))

    result = await learner.answer("9.8.1", part="number")

    assert not result.is_counted
    assert result.attempts_left == 1
    assert result.scored.correctness is Correctness.INVALID
    assert result.scored.parts[0].message
    assert (await learner.state()).draft == Response(answers={"number": "9.8.1"})


async def test_nothing_answered_is_said_and_costs_nothing(desk):
    learner = await desk(a_problem(a_single_choice(), max_attempts=1))

    with pytest.raises(NothingAnswered):
        await learner.answer("  ")

    assert (await learner.state()).attempts == 0


async def test_the_best_points_stay_when_a_later_answer_is_worse(desk):
    learner = await desk(a_problem(a_single_choice()))
    await learner.answer("c2")

    result = await learner.answer("c1")

    assert (result.scored.points, result.best_points) == (Decimal(0), Decimal(1))


async def test_the_author_can_ask_for_a_pause_between_attempts(desk, clock):
    learner = await desk(a_problem(a_single_choice(), wait_s=10))
    await learner.answer("c1")
    clock.advance(timedelta(seconds=4))

    with pytest.raises(TooSoon) as refusal:
        await learner.answer("c2")

    assert refusal.value.retry_after_s == 6
    clock.advance(timedelta(seconds=6))
    assert (await learner.answer("c2")).attempt == 2


async def test_a_draft_saved_again_stays_as_it_was(desk, clock):
    learner = await desk(a_problem(a_short_text()))
    draft = Response(answers={"text": "Nan"})
    kept_at = await learner.draft(draft)
    clock.advance(timedelta(seconds=5))

    assert await learner.draft(draft) == kept_at
    assert await learner.draft(Response(answers={"text": "Nanj"})) > kept_at
    assert (await learner.state()).draft == Response(answers={"text": "Nanj"})


async def test_hints_come_one_after_the_other_and_asking_again_gives_the_same(desk):
    learner = await desk(a_problem(a_single_choice(), hints=("first", "second")))

    with pytest.raises(HintOutOfTurn):
        await learner.hint(2)
    first = await learner.hint(1)
    second = await learner.hint(2)

    assert (first.number, first.html, first.left) == (1, "first", 1)
    assert await learner.hint(1) == first
    assert (second.number, second.html, second.left) == (2, "second", 0)
    assert (await learner.state()).hints == ["first", "second"]
    with pytest.raises(NoMoreHints):
        await learner.hint(3)


async def test_the_solution_is_withheld_until_its_policy_releases_it(desk, clock):
    learner = await desk(a_problem(a_single_choice(), solution="<p>Because.</p>", show_answer=ShowAnswer.FINISHED))
    with pytest.raises(SolutionWithheld):
        await learner.solution()
    await learner.answer("c1")
    with pytest.raises(SolutionWithheld):
        await learner.solution()

    late = await learner.solution(due_at=clock.now())
    await learner.answer("c2")
    solved = await learner.solution()

    assert late == solved
    assert solved.html == "<p>Because.</p>"
    assert [key.answers for key in solved.keys] == [["Option c2"]]


async def test_correctness_can_be_withheld_from_the_learner(desk):
    learner = await desk(
        a_problem(a_single_choice(), show_correctness=ShowCorrectness.NEVER, show_answer=ShowAnswer.NEVER)
    )

    result = await learner.answer("c2")
    state = await learner.state()

    assert result.scored.correctness is Correctness.WITHHELD
    assert (result.scored.points, result.best_points, state.best_points) == (0, 0, 0)
    assert result.scored.parts[0].feedback == []
    assert state.scored is not None
    assert state.scored.correctness is Correctness.WITHHELD


async def test_odd_characters_of_a_response_are_kept_without_harm(desk):
    learner = await desk(a_problem(a_short_text()))

    result = await learner.answer("Nan\x00jing\u200f", part="text")

    assert result.scored.correctness is Correctness.CORRECT


async def test_a_response_beyond_the_limit_is_refused(desk):
    learner = await desk(a_problem(a_short_text()))

    with pytest.raises(ResponseTooLarge):
        await learner.answer("x" * 70_000, part="text")


async def test_opinions_are_counted_over_learners(assessment, organization, desk):
    problem = a_problem(a_poll(), a_survey(), WordCloud(id="cloud"))
    first = await desk(problem)
    for option, words in (("R", ["Tea", "rice"]), ("R", ["tea "]), ("B", ["bread"])):
        learner = Desk(assessment, organization, first.problem)
        learner.where["block"] = first.where["block"]
        answers = {"poll": option, "survey": {"q1": "Y", "q2": "N"}, "cloud": words}
        await assessment.answer(
            **learner.where,
            course=learner.course,
            problem=first.problem,
            response=Response(answers=answers),
            attempt_key=str(new_id()),
        )

    tallies = await assessment.tally_of(organization=organization, block=first.where["block"], problem=first.problem)

    counted = {(one.part, one.option): one.count for one in tallies}
    assert counted["poll", "R"] == 2
    assert counted["survey", "q1:Y"] == 3
    assert counted["cloud", "tea"] == 2


async def test_a_guest_is_scored_and_nothing_is_kept(assessment, organization, desk):
    learner = await desk(a_problem(a_single_choice()))

    scored = await assessment.score(
        organization=organization, problem=learner.problem, response=Response(answers={"single": "c2"})
    )

    assert scored.correctness is Correctness.CORRECT
    assert (await learner.state()).attempts == 0


async def test_another_learners_work_is_not_mine(assessment, organization, desk):
    mine = await desk(a_problem(a_single_choice()))
    await mine.answer("c1")
    theirs = Desk(assessment, organization, mine.problem)
    theirs.where["block"] = mine.where["block"]

    state = await theirs.state()

    assert (state.attempts, state.response, state.scored) == (0, None, None)


async def test_the_cache_of_versions_stays_within_its_bound(store_for, clock, organization):
    store = await store_for("assessment", AssessmentTx)
    assessment = Assessment(store=store, clock=clock, settings=AssessmentSettings(cached_problems=10), secret=b"s" * 32)
    ids = [
        await assessment.save_problem(organization=organization, problem=a_problem(a_single_choice(), title=str(n)))
        for n in range(15)
    ]

    problems = await assessment.problems_of(organization=organization, ids=ids)

    assert [one.title for one in problems] == [str(n) for n in range(15)]
    assert len(assessment._known) <= 10
