"""What a learner does in a course, step by step, and a teacher who brings one in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.harness.client import Api, units_of
from tests.harness.lighthouse import BY_TITLE, Question, package
from tests.harness.platform import Platform


@dataclass(frozen=True)
class Block:
    """A block of a unit as a learner meets it."""

    unit: str
    seen: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Return its id."""
        return str(self.seen["id"])

    @property
    def title(self) -> str:
        """Return its title."""
        return str(self.seen["title"])

    @property
    def question(self) -> Question | None:
        """Return what is right and wrong in it, None where it asks nothing."""
        return BY_TITLE.get(self.title) if self.seen["problem"] else None


class Learner:
    """Somebody with a seat in a course."""

    def __init__(self, api: Api, course: str) -> None:
        self.api = api
        self.course = course

    def enrol(self) -> "Learner":
        """Take a seat."""
        self.api.post(f"/enrollment/courses/{self.course}/enrol", headers={"idempotency-key": f"enrol-{self.course}"})
        return self

    def units(self) -> list[str]:
        """Return the units in the order of reading."""
        return [unit["id"] for unit in units_of(self.api.outline(self.course))]

    def read(self, unit: str) -> list[Block]:
        """Open a unit, note that it was read, and return its blocks."""
        opened = self.api.get(f"/learn/{self.course}/units/{unit}")
        self.api.post(f"/learn/{self.course}/units/{unit}/viewed")
        return [Block(unit, block) for block in _flat(opened["blocks"])]

    def read_all(self) -> list[Block]:
        """Read the whole course."""
        return [block for unit in self.units() for block in self.read(unit)]

    def say(self, block: Block, said: tuple[object, ...], *, key: str) -> dict[str, Any]:
        """Answer a problem in words."""
        question = block.question
        assert question is not None
        answers = question.answers(block.seen["problem"], said)
        sent: dict[str, Any] = self.api.answer(self.course, block.id, answers, key=key)
        return sent

    def answer_rightly(self, block: Block, *, key: str = "") -> dict[str, Any]:
        """Answer a problem as its author would."""
        assert block.question is not None
        return self.say(block, block.question.right, key=key or f"right-{block.id}")

    def answer_wrongly(self, block: Block, *, key: str = "") -> dict[str, Any]:
        """Answer a problem as its author would not."""
        assert block.question is not None
        return self.say(block, block.question.wrong, key=key or f"wrong-{block.id}")

    def watch(self, block: Block, intervals: list[list[float]], *, duration_s: float = 100.0) -> dict[str, Any]:
        """Watch parts of a film."""
        body = {"intervals": intervals, "duration_s": duration_s, "position_s": intervals[-1][1]}
        done: dict[str, Any] = self.api.post(f"/learn/{self.course}/blocks/{block.id}/watched", body)
        return done


def taught(platform: Platform, *, title: str, run: str) -> str:
    """Let the demo's author bring the lighthouse in under a title of its own and publish it; return the course."""
    author = platform.api().log_in(*platform.account("author"))
    report = author.import_course(package(title, run=run), filename="lighthouse.tar.gz")
    author.publish(report["course"], "first")
    return str(report["course"])


def newcomer(platform: Platform, course: str) -> Learner:
    """Return somebody who has just signed up and enrolled."""
    api = platform.api()
    api.sign_up()
    return Learner(api, course).enrol()


def titled(blocks: list[Block], title: str) -> Block:
    """Return the block of a title."""
    return next(block for block in blocks if block.title == title)


def _flat(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        yield block
        yield from _flat(block["children"])
