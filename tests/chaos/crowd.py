"""Learners who study at the same time and do not give up, and the count of what they were told is done."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from tests.harness.client import wait_for
from tests.harness.lighthouse import POSSIBLE, QUESTIONS, REQUIRED
from tests.harness.platform import Platform
from tests.harness.study import Learner, titled

SIZE = 3


class Crowd:
    """Some learners of one course; the blow falls when they are in the middle of it."""

    def __init__(self, platform: Platform, course: str, *, size: int = SIZE) -> None:
        self._platform = platform
        self._course = course
        self._size = size
        self._answered = 0
        self._counting = threading.Lock()
        self._in_the_middle = threading.Event()

    def study(self, blow: Callable[[], object]) -> list[Learner]:
        """Let everybody sign up and work through the course, strike once in the middle, and return who studied."""
        with ThreadPoolExecutor(self._size) as pool:
            studying = [pool.submit(self._work_through, number) for number in range(self._size)]
            while not self._in_the_middle.wait(0.05):
                _raise_what_failed(studying)
            blow()
            return [one.result() for one in studying]

    def _work_through(self, number: int) -> Learner:
        api = self._platform.api(is_patient=True)
        api.sign_up()
        learner = Learner(api, self._course).enrol()
        blocks = learner.read_all()
        for block in blocks:
            if block.question:
                sent = learner.answer_rightly(block)
                assert sent["result"]["attempt"] == 1, f"{block.title} was counted twice"
                self._count()
        learner.watch(titled(blocks, "The crossing"), [[0, 100]])
        return learner

    def _count(self) -> None:
        with self._counting:
            self._answered += 1
            if self._answered == self._size * 3:
                self._in_the_middle.set()


def assert_nothing_is_lost_or_doubled(learners: list[Learner], *, course: str) -> None:
    """Compare what is kept with what was acknowledged: everything, once."""
    for learner in learners:
        progress = learner.api.progress(course)
        assert [progress[key] for key in ("completed", "required", "percent")] == [REQUIRED, REQUIRED, 100]
        assert (float(progress["points"]), float(progress["possible"])) == (POSSIBLE, POSSIBLE)
        attempts = {}
        for unit in learner.units():
            for block in learner.read(unit):
                if block.question:
                    attempts[block.title] = block.seen["attempt"]["attempts"]
        assert attempts == {question.title: 1 for question in QUESTIONS}
        # The event that the course was completed came through, whatever was killed.
        wait_for(lambda learner=learner: _states(learner) == ["completed"], why="enrollment has heard of it")


def _raise_what_failed(studying: list[Future[Learner]]) -> None:
    for one in studying:
        if one.done():
            one.result()


def _states(learner: Learner) -> list[str]:
    return [seat["state"] for seat in learner.api.get("/enrollment/mine")["items"]]
