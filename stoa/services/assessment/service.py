"""The use cases of assessment: keep versions, show them, score answers, count attempts."""

import asyncio
import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort, ImportOutcome, ProblemImport, ProblemSource
from stoa.services.assessment.contract.problem import (
    Formula,
    Poll,
    Problem,
    ProblemVersionId,
    ShortText,
    Survey,
    WordCloud,
)
from stoa.services.assessment.contract.result import (
    AttemptKeyReused,
    AttemptResult,
    AttemptState,
    BlockId,
    Correctness,
    CourseId,
    Hint,
    HintOutOfTurn,
    LearnerRecords,
    NoMoreHints,
    NothingAnswered,
    ProblemAnswered,
    ProblemNotFound,
    RecordMark,
    Response,
    ResponseTooLarge,
    ScoredResponse,
    SelftestResult,
    Solution,
    SolutionWithheld,
    Tally,
)
from stoa.services.assessment.contract.view import ProblemView
from stoa.services.assessment.domain import (
    address,
    authoring,
    keys,
    practice,
    release,
    scoring,
    selftest,
    sources,
    views,
)
from stoa.services.assessment.policy import AssessmentSettings
from stoa.services.assessment.store import AssessmentTx


class Assessment(AssessmentPort):
    """Problem versions, scoring and practice attempts."""

    def __init__(
        self, *, store: Store[AssessmentTx], clock: Clock, settings: AssessmentSettings, secret: bytes
    ) -> None:
        self.store = store
        self.clock = clock
        self.settings = settings
        self._secret = secret
        self._known: dict[tuple[OrganizationId, UUID], Problem] = {}
        self._views: dict[tuple[OrganizationId, UUID], ProblemView] = {}

    async def import_problems(
        self, *, organization: OrganizationId, sources: list[ProblemSource]
    ) -> list[ProblemImport]:
        """Convert and keep problems, one answer per source in their order; the same source gives the same version."""
        outcomes: list[ProblemImport] = []
        step = self.settings.import_batch
        for start in range(0, len(sources), step):
            batch = sources[start : start + step]
            read = await asyncio.to_thread(_read, batch, self._secret)
            kept = {one.problem: problem for one, problem in read if one.problem is not None and problem is not None}
            await self._keep(organization, kept)
            outcomes += [outcome for outcome, _ in read]
        return outcomes

    async def save_problem(self, *, organization: OrganizationId, problem: Problem) -> ProblemVersionId:
        """Keep an author's problem as a version."""
        accepted = authoring.accepted(problem)
        version = address.version_of(accepted, secret=self._secret)
        await self._keep(organization, {version: accepted})
        return version

    async def problems_of(self, *, organization: OrganizationId, ids: list[ProblemVersionId]) -> list[Problem]:
        """Return whole problems with their keys, in the order of the ids."""
        found = await self._problems(organization, ids)
        return [found[one] for one in ids]

    async def views_of(
        self, *, organization: OrganizationId, ids: list[ProblemVersionId], seed: str
    ) -> list[ProblemView]:
        """Return what a learner may see, in the order of the ids."""
        found = await self._problems(organization, ids)
        return [
            self._views.get((organization, one)) or self._view(organization, found[one], version=one, seed=seed)
            for one in ids
        ]

    async def score(
        self, *, organization: OrganizationId, problem: ProblemVersionId, response: Response
    ) -> ScoredResponse:
        """Score a response and keep nothing."""
        content = await self._problem(organization, problem)
        scored = await self._scored(content, self._taken(response))
        return release.shown(content, scored, now=self.clock.now(), due_at=None)

    async def answer(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        course: CourseId,
        block: BlockId,
        problem: ProblemVersionId,
        response: Response,
        attempt_key: str,
        due_at: datetime | None = None,
    ) -> AttemptResult:
        """Score a practice attempt and count it; the same attempt_key gives the same answer and counts once."""
        content = await self._problem(organization, problem)
        response = self._taken(response)
        if scoring.answers_nothing(content, response):
            raise NothingAnswered
        scored = await self._scored(content, response)
        digest = hashlib.sha256(msgspec.json.encode([problem, response], order="deterministic")).hexdigest()
        now = self.clock.now()
        async with self.store.transaction(organization=organization) as tx:
            state = await tx.locked_state(user, block, course=course, problem=problem)
            used = state.recent_keys.get(attempt_key)
            if used is not None:
                if used.digest != digest:
                    raise AttemptKeyReused
                made = await tx.submission(user, block, used.number, used.at)
                if made is not None:
                    return practice.result_of(content, state, made, now, due_at)
            practice.may_answer(content, state, now)
            if scored.correctness is Correctness.INVALID:
                await tx.save_state(user, block, msgspec.structs.replace(state, draft=response, changed_at=now))
                return practice.uncounted(content, state, scored, now, due_at)
            state, made = practice.answered(state, problem, response, scored, now, key=attempt_key, digest=digest)
            await tx.add_submission(user, block, course, problem, attempt_key, made)
            await tx.save_state(user, block, state)
            tx.publish(
                ProblemAnswered(
                    organization_id=organization,
                    user_id=user,
                    course_id=course,
                    block_id=block,
                    problem=problem,
                    points=scored.points,
                    possible=scored.possible,
                    best_points=state.best_points,
                    correctness=scored.correctness,
                    attempt=made.number,
                    answered_at=now,
                    show_correctness=content.show_correctness,
                )
            )
        return practice.result_of(content, state, made, now, due_at)

    async def attempt_of(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        block: BlockId,
        problem: ProblemVersionId,
        due_at: datetime | None = None,
    ) -> AttemptState:
        """Return what is kept of a learner's work on a block."""
        found = await self.attempts_of(organization=organization, user=user, blocks={block: problem}, due_at=due_at)
        return found[block]

    async def attempts_of(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        blocks: dict[BlockId, ProblemVersionId],
        due_at: datetime | None = None,
    ) -> dict[BlockId, AttemptState]:
        """Return the kept work on many blocks at once."""
        problems = await self._problems(organization, list(blocks.values()))
        async with self.store.reading(organization=organization) as tx:
            states = await tx.states_of(user, list(blocks))
        now = self.clock.now()
        return {
            block: practice.kept(problems[problem], problem, states.get(block), now, due_at)
            for block, problem in blocks.items()
        }

    async def save_draft(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        course: CourseId,
        block: BlockId,
        problem: ProblemVersionId,
        response: Response,
    ) -> datetime:
        """Keep an unsent response; return when it was kept."""
        await self._problem(organization, problem)
        response = self._taken(response)
        async with self.store.transaction(organization=organization) as tx:
            state = await tx.locked_state(user, block, course=course, problem=problem)
            if state.draft == response and state.problem == problem and state.changed_at is not None:
                return state.changed_at
            now = self.clock.now()
            changed = msgspec.structs.replace(state, draft=response, problem=problem, changed_at=now)
            await tx.save_state(user, block, changed)
        return now

    async def hint(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        course: CourseId,
        block: BlockId,
        problem: ProblemVersionId,
        number: int,
    ) -> Hint:
        """Give demand hint `number` and count it; hints come in their order, none is skipped."""
        content = await self._problem(organization, problem)
        if not 1 <= number <= len(content.hints):
            raise NoMoreHints
        async with self.store.transaction(organization=organization) as tx:
            state = await tx.locked_state(user, block, course=course, problem=problem)
            if number > state.hints + 1:
                raise HintOutOfTurn(fields={"next": state.hints + 1})
            if number > state.hints:
                changed = msgspec.structs.replace(state, hints=number, changed_at=self.clock.now())
                await tx.save_state(user, block, changed)
        return Hint(number=number, html=content.hints[number - 1], left=len(content.hints) - number)

    async def solution(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        block: BlockId,
        problem: ProblemVersionId,
        due_at: datetime | None = None,
    ) -> Solution:
        """Return solution and key where the problem's policy releases them to this learner."""
        content = await self._problem(organization, problem)
        async with self.store.reading(organization=organization) as tx:
            state = (await tx.states_of(user, [block])).get(block)
        if not practice.is_released(content, state, self.clock.now(), due_at):
            raise SolutionWithheld
        return Solution(html=content.solution, keys=keys.readable(content))

    async def tally_of(self, *, organization: OrganizationId, block: BlockId, problem: ProblemVersionId) -> list[Tally]:
        """Count the answers given to the polls, surveys and word clouds of a block that show their results."""
        content = await self._problem(organization, problem)
        tallies: list[Tally] = []
        async with self.store.reading(organization=organization) as tx:
            for part in content.parts:
                counts: list[tuple[str, int]] = []
                if isinstance(part, Poll) and part.shows_results:
                    counts = await tx.poll_counts(block, part.id)
                elif isinstance(part, Survey) and part.shows_results:
                    counts = await tx.survey_counts(block, part.id)
                elif isinstance(part, WordCloud):
                    counts = await tx.word_counts(block, part.id, part.shown_words)
                tallies += [Tally(part=part.id, option=option, count=times) for option, times in counts]
        return tallies

    async def records_of(
        self, *, organization: OrganizationId, user: UserId, after: RecordMark | None = None, limit: int = 200
    ) -> LearnerRecords:
        """Return a page of all that is kept of a learner; what is withheld stays so."""
        size = min(limit, 500)
        async with self.store.reading(organization=organization) as tx:
            works = await tx.works_of(user) if after is None else []
            attempts = await tx.attempts_after(user, after, limit=size)
        problems = await self._problems(organization, {attempt.problem for attempt in attempts})
        now = self.clock.now()
        shown = [
            msgspec.structs.replace(one, scored=release.shown(problems[one.problem], one.scored, now=now, due_at=None))
            for one in attempts
        ]
        last = attempts[-1] if len(attempts) == size else None
        mark = None if last is None else RecordMark(block=last.block, number=last.number, at=last.at)
        return LearnerRecords(works=works, attempts=shown, next=mark)

    async def selftest(self, *, organization: OrganizationId, ids: list[ProblemVersionId]) -> list[SelftestResult]:
        """Answer problems with their own key and with answers wrong by construction."""
        found = await self._problems(organization, ids)
        return await asyncio.to_thread(lambda: [selftest.examined(found[one], version=one) for one in ids])

    async def _keep(self, organization: OrganizationId, problems: dict[ProblemVersionId, Problem]) -> None:
        if not problems:
            return
        async with self.store.transaction(organization=organization) as tx:
            for version, problem in problems.items():
                await tx.save_problem(version, address.digest(problem), problem)
            kept = await tx.digests_of(list(problems))
            for version, problem in problems.items():
                if kept[version] != address.digest(problem):
                    raise RuntimeError(f"two problems have the address {version}")

    async def _problem(self, organization: OrganizationId, wanted: ProblemVersionId) -> Problem:
        return (await self._problems(organization, [wanted]))[wanted]

    async def _problems(
        self, organization: OrganizationId, ids: Iterable[ProblemVersionId]
    ) -> dict[ProblemVersionId, Problem]:
        found: dict[ProblemVersionId, Problem] = {}
        missing: set[ProblemVersionId] = set()
        for one in ids:
            known = self._known.get((organization, one))
            if known is None:
                missing.add(one)
            else:
                found[one] = known
        if missing:
            async with self.store.reading(organization=organization) as tx:
                loaded = await tx.problems_of(list(missing))
            found |= loaded
            for one, problem in loaded.items():
                self._remember(organization, one, problem)
            lost = missing - found.keys()
            if lost:
                raise ProblemNotFound(fields={"problems": sorted(str(one) for one in lost)})
        return found

    def _view(
        self, organization: OrganizationId, problem: Problem, *, version: ProblemVersionId, seed: str
    ) -> ProblemView:
        if not views.is_alike(problem):
            return views.view_of(problem, version=version, seed=address.sealed_seed(seed, secret=self._secret))
        while len(self._views) >= self.settings.cached_problems:
            self._views.pop(next(iter(self._views)))
        view = self._views[organization, version] = views.view_of(problem, version=version, seed="")
        return view

    def _remember(self, organization: OrganizationId, version: ProblemVersionId, problem: Problem) -> None:
        while len(self._known) >= self.settings.cached_problems:
            self._known.pop(next(iter(self._known)))
        self._known[organization, version] = problem

    async def _scored(self, problem: Problem, response: Response) -> ScoredResponse:
        # Patterns and formulas may take milliseconds; the loop serves others meanwhile.
        if any(isinstance(part, Formula | ShortText) for part in problem.parts):
            return await asyncio.to_thread(scoring.score, problem, response)
        return scoring.score(problem, response)

    def _taken(self, response: Response) -> Response:
        if len(msgspec.json.encode(response)) > self.settings.max_response_bytes:
            raise ResponseTooLarge
        return scoring.storable(response)


def _read(batch: list[ProblemSource], secret: bytes) -> list[tuple[ProblemImport, Problem | None]]:
    read: list[tuple[ProblemImport, Problem | None]] = []
    for source in batch:
        conversion = sources.converted(source)
        version = None if conversion.problem is None else address.version_of(conversion.problem, secret=secret)
        outcome = ImportOutcome(conversion.outcome)
        made = ProblemImport(key=source.key, outcome=outcome, reason=conversion.reason, problem=version)
        read.append((made, conversion.problem))
    return read
