"""Preparing polls and quizzes, over HTTP; with an access token, before the class or beside it."""

from uuid import UUID

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import Struct
from stoa.kit.errors import PreconditionFailed
from stoa.kit.http.router import MEMBER, Answer, IfMatch, Router
from stoa.services.live.contract import ClassId, ClassNotFound, NotInvited, ThingNotFound, TooMuch
from stoa.services.live.policy import WRITES
from stoa.services.live.service.live import Live
from stoa.services.live.service.polling import BadPoll
from stoa.services.live.service.quizzing import QuizAsked, QuizIn, QuizResults, QuizView

router = Router("live")
QUIZZES = "/live/classes/{class_id}/quizzes"


class QuizList(Struct, frozen=True, kw_only=True):
    """What was prepared for a class."""

    items: list[QuizView]


@router.get(QUIZZES, permission=MEMBER, errors=(ClassNotFound, NotInvited))
async def list_quizzes(class_id: ClassId, caller: Caller, live: Live) -> QuizList:
    """What hosts have prepared to ask, with what is right."""
    return QuizList(items=await live.quizzing.listed(class_id, caller=caller))


@router.put(
    f"{QUIZZES}/{{quiz}}",
    permission=MEMBER,
    limit=WRITES,
    errors=(ClassNotFound, NotInvited, BadPoll, TooMuch, QuizAsked, PreconditionFailed),
)
async def save_quiz(
    class_id: ClassId, quiz: UUID, body: QuizIn, if_match: IfMatch, caller: Caller, live: Live
) -> Answer[QuizView]:
    """Prepare questions under an id of one's own making (If-Match "0"), or replace them before they are asked."""
    view = await live.quizzing.save(class_id, quiz, body, version=if_match.version, caller=caller)
    return Answer(view, etag=view.version)


@router.delete(
    f"{QUIZZES}/{{quiz}}",
    permission=MEMBER,
    limit=WRITES,
    errors=(ClassNotFound, NotInvited, QuizAsked, PreconditionFailed),
)
async def delete_quiz(class_id: ClassId, quiz: UUID, if_match: IfMatch, caller: Caller, live: Live) -> None:
    """Take away what was prepared and not asked."""
    await live.quizzing.delete(class_id, quiz, version=if_match.version, caller=caller)


@router.get(f"{QUIZZES}/{{quiz}}/results", permission=MEMBER, errors=(ClassNotFound, NotInvited, ThingNotFound))
async def quiz_results(class_id: ClassId, quiz: UUID, caller: Caller, live: Live) -> QuizResults:
    """How a quiz was answered: counts, and where it is not anonymous who had how many right."""
    return await live.quizzing.results(class_id, quiz, caller=caller)
