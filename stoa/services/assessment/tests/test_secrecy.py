"""What a learner is shown does not tell the key, not even to somebody who computes."""

from decimal import Decimal

import msgspec
import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, new_id
from stoa.kit.testing.fixtures import StoreFor
from stoa.services.assessment.contract.problem import Choice, SingleChoice
from stoa.services.assessment.contract.view import SingleChoiceView
from stoa.services.assessment.domain import address, views
from stoa.services.assessment.policy import AssessmentSettings
from stoa.services.assessment.service import Assessment
from stoa.services.assessment.store import AssessmentTx
from stoa.services.assessment.tests.builders import a_problem, a_single_choice

ORGANIZATION = OrganizationId(new_id())


@pytest.fixture
async def assessment(store_for: StoreFor[AssessmentTx], clock: ManualClock) -> Assessment:
    store = await store_for("assessment", AssessmentTx)
    return Assessment(store=store, clock=clock, settings=AssessmentSettings(), secret=b"s" * 32)


def rightly(part: SingleChoice, right: Choice) -> SingleChoice:
    choices = tuple(msgspec.structs.replace(one, credit=Decimal(int(one.id == right.id))) for one in part.choices)
    return msgspec.structs.replace(part, choices=choices)


def shown_in(view: object) -> set[str]:
    assert isinstance(view, SingleChoiceView)
    return {choice.id for choice in view.choices}


async def test_the_id_of_a_problem_does_not_tell_which_key_it_has(assessment: Assessment) -> None:
    part = a_single_choice()
    problem = a_problem(part)

    version = await assessment.save_problem(organization=ORGANIZATION, problem=problem)
    tried = {
        address.version_of(msgspec.structs.replace(problem, parts=(rightly(part, right),))) for right in part.choices
    }

    assert address.version_of(problem) in tried
    assert version not in tried


async def test_a_draw_from_a_pool_does_not_tell_which_of_its_choices_is_right(assessment: Assessment) -> None:
    choices = tuple(Choice(id=f"c{n}", html=f"<p>{n}</p>", credit=Decimal(int(n == 0))) for n in range(12))
    problem = a_problem(SingleChoice(id="single", choices=choices, pool=4))
    version = await assessment.save_problem(organization=ORGANIZATION, problem=problem)
    learners = [str(new_id()) for _ in range(20)]

    drawn = []
    for seed in learners:
        view = (await assessment.views_of(organization=ORGANIZATION, ids=[version], seed=seed))[0]
        drawn.append(shown_in(view.parts[0]))
    foreseen = [shown_in(views.view_of(problem, version=version, seed=seed).parts[0]) for seed in learners]

    assert all("c0" in draw for draw in drawn)
    assert sum(draw == known for draw, known in zip(drawn, foreseen, strict=True)) < len(learners) / 2
