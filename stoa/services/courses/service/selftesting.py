"""The self-test of a course: every problem answered with its own key, and with answers that must be wrong."""

from uuid import UUID

from stoa.kit.contract import OrganizationId, Struct
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.assessment.contract.problem import ProblemVersionId
from stoa.services.assessment.contract.result import SelftestFailure
from stoa.services.courses.contract import CourseId, CourseNotFound, ProblemContent, UnsupportedContent
from stoa.services.courses.domain.outline import DraftNode, Tree
from stoa.services.courses.store.courses import CoursesTx

PROBLEMS_A_CALL = 50


class SelftestLine(Struct, frozen=True, kw_only=True):
    """One block that is unsupported or failed, and why."""

    path: str
    kind: str
    reason: str


class SelftestReport(Struct, frozen=True, kw_only=True):
    """How the problems of a course's draft did."""

    course: CourseId
    problems: int
    clean: int
    unsupported: list[SelftestLine]
    failed: list[SelftestLine]


class Selftesting:
    """Tests the problems of whole courses."""

    def __init__(self, *, store: Store[CoursesTx], assessment: AssessmentPort) -> None:
        self._store, self._assessment = store, assessment

    async def find(
        self, *, course: str, organization: OrganizationId | None = None
    ) -> list[tuple[OrganizationId, CourseId]]:
        """Return the courses that an id or slug may mean, in one organization or in all."""
        try:
            id_ = CourseId(UUID(course))
        except ValueError:
            id_ = None
        async with self._store.reading(organization=None) as tx:
            homes = await tx.homes(course=id_, slug=course)
        return [home for home in homes if organization in (None, home[0])]

    async def slugs(self, *, organization: OrganizationId | None = None, at_most: int) -> list[str]:
        """Return the first slugs of courses in their order, in one organization or in all."""
        async with self._store.reading(organization=None) as tx:
            return await tx.slugs(organization=organization, at_most=at_most)

    async def selftest(self, *, organization: OrganizationId, course: CourseId) -> SelftestReport:
        """Answer every problem of a draft with its key and with what must be wrong."""
        async with self._store.reading(organization=organization) as tx:
            if await tx.course(course) is None:
                raise CourseNotFound
            nodes = list(Tree(await tx.nodes(course)).reading_order())
        problems = {
            node.content.problem: node
            for node in nodes
            if isinstance(node.content, ProblemContent) and node.content.problem is not None
        }
        failed = [
            _line(node, "problem", "not written yet")
            for node in nodes
            if isinstance(node.content, ProblemContent) and node.content.problem is None
        ]
        broken = await self._failures(organization, list(problems))
        for problem, failures in broken.items():
            failed += [
                _line(problems[problem], failure.kind, f"{failure.part}: {failure.reason}") for failure in failures
            ]
        return SelftestReport(
            course=course,
            problems=len(problems),
            clean=len(problems) - len(broken),
            unsupported=[
                _line(node, node.content.source_kind, node.content.reason)
                for node in nodes
                if isinstance(node.content, UnsupportedContent)
            ],
            failed=failed,
        )

    async def _failures(
        self, organization: OrganizationId, problems: list[ProblemVersionId]
    ) -> dict[ProblemVersionId, list[SelftestFailure]]:
        found = {}
        for start in range(0, len(problems), PROBLEMS_A_CALL):
            batch = problems[start : start + PROBLEMS_A_CALL]
            for result in await self._assessment.selftest(organization=organization, ids=batch):
                if result.failures:
                    found[result.problem] = list(result.failures)
        return found


def _line(node: DraftNode, kind: str, reason: str) -> SelftestLine:
    return SelftestLine(path=node.key, kind=kind, reason=reason)
