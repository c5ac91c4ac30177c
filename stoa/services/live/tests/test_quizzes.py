"""Quizzes on a real database: prepared before the class, asked one by one, closed by the clock, and their scores."""

import asyncio
from datetime import timedelta

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import new_id
from stoa.kit.errors import Forbidden, PreconditionFailed
from stoa.kit.testing.routes import a_caller
from stoa.services.live.contract import PollClosed
from stoa.services.live.domain.polls import Option, PollKind
from stoa.services.live.service.polling import BadPoll, ClosePoll, NewPoll, PollWords
from stoa.services.live.service.quizzing import QuizAsked, QuizIn
from stoa.services.live.tests.building import HOME, School

RIGHT, WRONG = Option(text="Bowline", is_right=True), Option(text="Granny")


def words(question: str = "Which holds?", **fields: object) -> PollWords:
    return PollWords(**{"question": question, "options": [RIGHT, WRONG], "kind": PollKind.QUIZ, **fields})


async def test_a_quiz_is_prepared_before_the_class_and_changed_until_it_is_asked(school: School):
    class_id, quiz = await school.planned(), new_id()
    quizzing, teacher = school.live.quizzing, school.teacher
    first = await quizzing.save(class_id, quiz, QuizIn(title="Knots", questions=[words()]), version=0, caller=teacher)
    both = QuizIn(title="Knots", questions=[words("One?"), words("Two?", is_anonymous=True, seconds=30)])

    second = await quizzing.save(class_id, quiz, both, version=first.version, caller=teacher)
    with pytest.raises(PreconditionFailed):
        await quizzing.save(class_id, quiz, both, version=first.version, caller=teacher)
    with pytest.raises(BadPoll):
        await quizzing.save(
            class_id, new_id(), QuizIn(questions=[words(options=[WRONG, WRONG])]), version=0, caller=teacher
        )
    with pytest.raises(Forbidden):
        await quizzing.listed(class_id, caller=a_caller("learner", organization=HOME))

    [listed] = await quizzing.listed(class_id, caller=teacher)
    assert listed == second
    assert [(one.question, one.seconds, one.is_anonymous) for one in listed.questions] == [
        ("One?", None, False),
        ("Two?", 30, True),
    ]
    await school.live.holding.move(class_id, "start", reason="", caller=teacher)
    host, learner = await school.host(class_id), await school.learner(class_id)
    assert await school.live.polling.listed(to=learner) == []
    await school.live.polling.open(listed.questions[0].id, by=host)
    for version in (2, 1):
        with pytest.raises(QuizAsked if version == 2 else PreconditionFailed):
            await quizzing.delete(class_id, quiz, version=version, caller=teacher)
    [seen] = await school.live.polling.listed(to=learner)
    assert seen.quiz is not None
    assert (seen.quiz.title, seen.quiz.place, [one.is_right for one in seen.options]) == ("Knots", 0, [None, None])


async def test_what_was_not_asked_can_be_taken_away_again(school: School):
    class_id, quiz = await school.planned(), new_id()
    quizzing = school.live.quizzing
    made = await quizzing.save(class_id, quiz, QuizIn(questions=[words()]), version=0, caller=school.teacher)

    for _ in range(2):
        await quizzing.delete(class_id, quiz, version=made.version, caller=school.teacher)

    assert await quizzing.listed(class_id, caller=school.teacher) == []


async def test_a_timed_poll_takes_no_vote_after_its_time_and_is_closed_by_the_clock_once(
    school: School, clock: ManualClock
):
    class_id = await school.started()
    host, learner, late = await school.host(class_id), await school.learner(class_id), await school.learner(class_id)
    poll = await school.live.polling.create(
        NewPoll(question="Quick?", options=[RIGHT, WRONG], seconds=20, open=True), by=host
    )
    assert poll.closes_at == clock.now() + timedelta(seconds=20)
    await school.live.polling.vote(poll.id, [0], by=learner)

    clock.advance(timedelta(seconds=20))
    with pytest.raises(PollClosed):
        await school.live.polling.vote(poll.id, [0], by=late)
    with pytest.raises(PollClosed):
        await school.live.polling.vote(poll.id, [1], by=learner)
    job = ClosePoll(organization_id=HOME, class_id=class_id, poll=poll.id)
    await asyncio.gather(*(school.live.polling.close_by_clock(job) for _ in range(3)))

    closed = await school.live.polling.shown(poll.id, to=host)
    assert closed.results is not None
    assert closed.results.counts == [1, 0]
    assert len(school.lane(class_id, "poll_closed")) == 1


async def test_scores_count_what_is_right_of_named_and_closed_questions(school: School):
    class_id, quiz = await school.started(), new_id()
    questions = [words("One?"), words("Two?"), words("Open?"), words("Secret?", is_anonymous=True)]
    made = await school.live.quizzing.save(
        class_id, quiz, QuizIn(questions=questions), version=0, caller=school.teacher
    )
    host = await school.host(class_id)
    ada, bo = await school.learner(class_id, "Ada"), await school.learner(class_id, "Bo")
    for place, question in enumerate(made.questions):
        await school.live.polling.open(question.id, by=host)
        await school.live.polling.vote(question.id, [0], by=ada)
        if place != 1:
            await school.live.polling.vote(question.id, [1], by=bo)
        if question.question != "Open?":
            await school.live.polling.close(question.id, by=host)

    found = await school.live.quizzing.results(class_id, quiz, caller=school.teacher)

    assert found.counted == 2
    assert [(one.name, one.correct, one.answered) for one in found.scores] == [("Ada", 2, 2), ("Bo", 0, 1)]
    tallies = [one.results.counts if one.results else None for one in found.quiz.questions]
    assert tallies == [[1, 1], [1, 0], None, None]
