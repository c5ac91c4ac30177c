"""The routes of learners and of those who teach them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import Page, Struct, UserId
from stoa.kit.http.router import MEMBER, Cursor, PageQuery, Router
from stoa.services.assessment.contract.result import (
    AttemptKeyReused,
    AttemptResult,
    Hint,
    NoAttemptsLeft,
    NoMoreHints,
    NothingAnswered,
    Response,
    ResponseTooLarge,
    Solution,
    SolutionWithheld,
    Tally,
    TooSoon,
)
from stoa.services.courses.contract import CourseId, CourseNotFound, NodeId, NotPublished
from stoa.services.progress.contract import (
    BadIntervals,
    BlockNotFound,
    LearnerNotFound,
    NotLongEnough,
    NotYet,
    SeatNeeded,
    WrongKind,
)
from stoa.services.progress.policy import ANSWERS, EXPORTS, MARKS, SEE_LEARNERS
from stoa.services.progress.routes.views import (
    CourseProgress,
    HomeView,
    LearnerOutline,
    LearnerRow,
    LearnerUnit,
    WatchedView,
    learner_row,
    outline_view,
    progress_view,
    shelf_view,
    unit_view,
    watched_view,
)
from stoa.services.progress.service.desk import Desk
from stoa.services.progress.service.reading import LearningRecord
from stoa.services.progress.service.studying import Done, Studying

router = Router("progress")
by_user = Cursor("learners", UUID)

_READING = (CourseNotFound, NotPublished, SeatNeeded, NotYet, BlockNotFound)
_WORKING = (*_READING, WrongKind)
_ANSWERING = (*_WORKING, NoAttemptsLeft, NothingAnswered, ResponseTooLarge, AttemptKeyReused, TooSoon)


class AnswerIn(Struct, frozen=True, kw_only=True):
    """An answer to send; `attempt_key` makes sending it again harmless."""

    response: Response
    attempt_key: Annotated[str, msgspec.Meta(min_length=8, max_length=64)]


class AnswerOut(Struct, frozen=True, kw_only=True):
    """What an answer was worth and what it completed."""

    result: AttemptResult
    done: Done


class DraftIn(Struct, frozen=True, kw_only=True):
    """An answer that is not sent yet."""

    response: Response


class DraftKept(Struct, frozen=True, kw_only=True):
    """When a draft was kept."""

    kept_at: datetime


class HintIn(Struct, frozen=True, kw_only=True):
    """Which hint, the first is 1."""

    number: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1


class WatchedIn(Struct, frozen=True, kw_only=True):
    """What was watched since the last time, in seconds of the film."""

    intervals: Annotated[
        list[Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]], msgspec.Meta(max_length=200)
    ]
    duration_s: float
    position_s: float = 0.0


class WatchedOut(Struct, frozen=True, kw_only=True):
    """What was watched in all, and what that completed."""

    watched: WatchedView | None
    done: Done


class ResumeIn(Struct, frozen=True, kw_only=True):
    """Where the learner is, and when that was by their device."""

    unit_id: NodeId
    block_id: NodeId | None = None
    at: datetime | None = None


class Tallies(Struct, frozen=True, kw_only=True):
    """How a poll was answered so far."""

    items: list[Tally]


@router.get("/learn/home", permission=MEMBER)
async def home(caller: Caller, desk: Desk) -> HomeView:
    """The caller's courses, the last active first."""
    shelves = await desk.reading.shelves(organization=caller.require_organization(), user=caller.require_user())
    return HomeView(items=[shelf_view(shelf) for shelf in shelves])


@router.get("/learn/export", permission=MEMBER, limit=EXPORTS)
async def download_learning_record(caller: Caller, desk: Desk) -> LearningRecord:
    """All that is kept about the caller's learning."""
    return await desk.reading.record(organization=caller.require_organization(), user=caller.require_user())


@router.get("/learn/{course}/outline", permission=MEMBER, errors=_READING)
async def outline_for(course: str, caller: Caller, desk: Desk) -> LearnerOutline:
    """The course, by id or slug, with the caller's marks and where to go on."""
    studying = await _studying(course, caller, desk)
    done, journey = await desk.reading.done_and_journey(studying)
    return outline_view(studying, done, journey)


@router.get("/learn/{course}/units/{unit}", permission=MEMBER, errors=_READING)
async def unit_for(course: str, unit: NodeId, caller: Caller, desk: Desk) -> LearnerUnit:
    """A unit with the caller's own work on it."""
    studying = await _studying(course, caller, desk)
    return unit_view(studying, await desk.reading.unit(studying, unit))


@router.post("/learn/{course}/units/{unit}/viewed", permission=MEMBER, limit=MARKS, errors=_WORKING)
async def record_view(course: str, unit: NodeId, caller: Caller, desk: Desk) -> Done:
    """Note that a unit was read."""
    return await desk.progress.view_unit(await _studying(course, caller, desk), unit)


@router.post("/learn/{course}/blocks/{block}/answers", permission=MEMBER, limit=ANSWERS, errors=_ANSWERING)
async def submit_answer(course: str, block: NodeId, body: AnswerIn, caller: Caller, desk: Desk) -> AnswerOut:
    """Answer a problem."""
    studying = await _studying(course, caller, desk)
    result, done = await desk.progress.answer(studying, block, body.response, attempt_key=body.attempt_key)
    return AnswerOut(result=result, done=done)


@router.put(
    "/learn/{course}/blocks/{block}/draft", permission=MEMBER, limit=MARKS, errors=(*_WORKING, ResponseTooLarge)
)
async def save_answer_draft(course: str, block: NodeId, body: DraftIn, caller: Caller, desk: Desk) -> DraftKept:
    """Keep an answer that is not sent yet."""
    studying = await _studying(course, caller, desk)
    return DraftKept(kept_at=await desk.progress.save_draft(studying, block, body.response))


@router.post("/learn/{course}/blocks/{block}/hint", permission=MEMBER, limit=ANSWERS, errors=(*_WORKING, NoMoreHints))
async def next_hint(course: str, block: NodeId, body: HintIn, caller: Caller, desk: Desk) -> Hint:
    """Give a hint; asking for the same one again is free."""
    return await desk.progress.hint(await _studying(course, caller, desk), block, number=body.number)


@router.get("/learn/{course}/blocks/{block}/solution", permission=MEMBER, errors=(*_WORKING, SolutionWithheld))
async def solution_of(course: str, block: NodeId, caller: Caller, desk: Desk) -> Solution:
    """The solution of a problem, once it is released to the caller."""
    return await desk.progress.solution(await _studying(course, caller, desk), block)


@router.get("/learn/{course}/blocks/{block}/tally", permission=MEMBER, errors=_WORKING)
async def tally_of(course: str, block: NodeId, caller: Caller, desk: Desk) -> Tallies:
    """How a poll was answered so far, where its author lets that be seen."""
    return Tallies(items=await desk.reading.tally(await _studying(course, caller, desk), block))


@router.post("/learn/{course}/blocks/{block}/watched", permission=MEMBER, limit=MARKS, errors=(*_WORKING, BadIntervals))
async def record_watched(course: str, block: NodeId, body: WatchedIn, caller: Caller, desk: Desk) -> WatchedOut:
    """Add what was watched of a film; repeats and any order give the same."""
    watched, done = await desk.progress.watch(
        await _studying(course, caller, desk),
        block,
        intervals=body.intervals,
        duration_s=body.duration_s,
        position_s=body.position_s,
    )
    return WatchedOut(watched=watched_view(watched), done=done)


@router.post("/learn/{course}/blocks/{block}/done", permission=MEMBER, limit=MARKS, errors=(*_WORKING, NotLongEnough))
async def mark_done(course: str, block: NodeId, caller: Caller, desk: Desk) -> Done:
    """Mark a block as done by one's own word."""
    return await desk.progress.mark_done(await _studying(course, caller, desk), block)


@router.put("/learn/{course}/resume", permission=MEMBER, limit=MARKS, errors=_READING)
async def save_resume_pointer(course: str, body: ResumeIn, caller: Caller, desk: Desk) -> None:
    """Note where the caller is."""
    studying = await _studying(course, caller, desk)
    await desk.progress.go_on_at(studying, body.unit_id, block=body.block_id, at=body.at)


@router.get("/learn/{course}/progress", permission=MEMBER, errors=_READING)
async def progress_for(course: str, caller: Caller, desk: Desk) -> CourseProgress:
    """How far the caller is in a course."""
    studying = await _studying(course, caller, desk)
    return progress_view(studying, await desk.reading.standing(studying))


@router.get("/teach/{course}/progress", permission=SEE_LEARNERS, scope="course", errors=(CourseNotFound, NotPublished))
async def learners_progress(course: CourseId, page: PageQuery, caller: Caller, desk: Desk) -> Page[LearnerRow]:
    """The learners of a course and how far they are."""
    after = by_user.read(page.cursor)
    rows = await desk.reading.class_list(
        organization=caller.require_organization(),
        course=str(course),
        after=None if after is None else UserId(after),
        limit=page.fetch,
    )
    return by_user.page([learner_row(*row) for row in rows], page, lambda row: row.user_id)


@router.get(
    "/teach/{course}/progress/{user}",
    permission=SEE_LEARNERS,
    scope="course",
    errors=(CourseNotFound, NotPublished, LearnerNotFound),
)
async def learner_progress(course: CourseId, user: UserId, caller: Caller, desk: Desk) -> CourseProgress:
    """How far one learner is."""
    studying = await desk.progress.observed(organization=caller.require_organization(), course=str(course), user=user)
    return progress_view(studying, await desk.reading.standing(studying, for_teacher=True))


async def _studying(course: str, caller: Caller, desk: Desk) -> Studying:
    return await desk.progress.studying(
        organization=caller.require_organization(), course=course, user=caller.require_user()
    )
