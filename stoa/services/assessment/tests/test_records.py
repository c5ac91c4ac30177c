"""What a learner downloads of their attempts: all of them, page by page, and nothing that is withheld."""

import pytest

from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.store import Store
from stoa.kit.testing.ports import checked
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.assessment.contract.problem import ShowCorrectness
from stoa.services.assessment.contract.result import BlockId, Correctness, CourseId, Response
from stoa.services.assessment.policy import AssessmentSettings
from stoa.services.assessment.service import Assessment
from stoa.services.assessment.store import AssessmentTx
from stoa.services.assessment.tests.builders import a_problem, a_single_choice


@pytest.mark.parametrize("show", list(ShowCorrectness))
async def test_every_attempt_is_downloaded_once_and_what_is_withheld_stays_so(store_for, clock, show) -> None:
    organization, user, course = OrganizationId(new_id()), UserId(new_id()), CourseId(new_id())
    store: Store[AssessmentTx] = await store_for("assessment", AssessmentTx)
    service = Assessment(store=store, clock=clock, settings=AssessmentSettings(), secret=b"s" * 32)
    port = checked(AssessmentPort, service)
    problem = await port.save_problem(
        organization=organization, problem=a_problem(a_single_choice(), show_correctness=show)
    )
    blocks = [BlockId(new_id()) for _ in range(3)]
    for block in blocks * 3:
        await port.answer(
            organization=organization,
            user=user,
            course=course,
            block=block,
            problem=problem,
            response=Response(answers={"single": "c2"}),
            attempt_key=str(new_id()),
        )

    attempts, after = [], None
    while True:
        page = await port.records_of(organization=organization, user=user, after=after, limit=4)
        attempts += page.attempts
        if after is None:
            works = page.works
        if page.next is None:
            break
        after = page.next

    assert sorted((one.block, one.number) for one in attempts) == sorted((b, n) for b in blocks for n in (1, 2, 3))
    assert sorted(work.block for work in works) == sorted(blocks)
    is_withheld = {one.scored.correctness is Correctness.WITHHELD for one in attempts}
    assert is_withheld == {show is not ShowCorrectness.ALWAYS}
    other = await port.records_of(organization=OrganizationId(new_id()), user=user)
    assert (other.works, other.attempts) == ([], [])
