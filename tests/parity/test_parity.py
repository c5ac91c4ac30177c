"""One journey in one process and in many: every answer is the same, those that refuse included."""

import difflib
import io
import os
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.harness.client import Api, wait_for
from tests.harness.lighthouse import package
from tests.harness.platform import Platform
from tests.harness.record import Record
from tests.harness.study import Block, Learner

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("STOA_SHARED", ROOT.parent / "shared"))
AnswersOf = Callable[[Block, int], Mapping[str, object]]
DEMO = SHARED / "data" / "olx" / "openedx-demo"


def teach(platform: Platform, record: Record, content: bytes, *, filename: str) -> tuple[Api, str]:
    """Bring a course in and publish it; return its author and the course."""
    author = platform.api().log_in(*platform.account("author"))
    report = author.import_course(content, filename=filename)
    record.send(author, "GET", f"/courses/imports/{report['import_id']}?limit=200")
    course = report["course"]
    record.send(author, "GET", f"/courses/{course}")
    record.send(author, "GET", f"/courses/{course}/outline")
    record.send(author, "POST", f"/courses/{course}/check", body={})
    record.send(author, "POST", f"/courses/{course}/publish", body={"note": "first"})
    record.send(author, "GET", f"/courses/{course}/diff")
    return author, course


def study(platform: Platform, record: Record, course: str, *, answers_of: AnswersOf, every: int = 1) -> Learner:
    """Sign up, enrol and work through a course; return who did it."""
    api = platform.api()
    api.sign_up()
    record.send(api, "GET", "/identity/me")
    record.send(api, "GET", "/people/me")
    record.send(api, "GET", "/organizations/mine")
    record.send(api, "GET", f"/learn/{course}/outline")
    record.send(api, "POST", f"/enrollment/courses/{course}/enrol", body={})
    learner = Learner(api, course)
    record.send(api, "GET", f"/learn/{course}/outline")
    for number, unit in enumerate(learner.units()[::every]):
        opened = record.send(api, "GET", f"/learn/{course}/units/{unit}")
        record.send(api, "POST", f"/learn/{course}/units/{unit}/viewed", body={})
        for seen in opened["blocks"]:
            if seen["problem"]:
                body = {
                    "response": {"answers": answers_of(Block(unit, seen), number)},
                    "attempt_key": f"parity-{seen['id']}",
                }
                for _ in range(2):
                    record.send(api, "POST", f"/learn/{course}/blocks/{seen['id']}/answers", body=body)
    record.send(api, "GET", f"/learn/{course}/outline")
    record.send(api, "GET", f"/learn/{course}/progress")
    record.send(api, "GET", "/learn/home")
    record.send(api, "GET", "/enrollment/mine")
    return learner


def by_turns(block: Block, number: int) -> Mapping[str, object]:
    """Answer a question of the lighthouse rightly in every second unit."""
    question = block.question
    assert question is not None
    return question.answers(block.seen["problem"], question.right if number % 2 else question.wrong)


def at_first_sight(block: Block, _: int) -> Mapping[str, object]:
    """Answer with whatever comes first."""
    return {part["id"]: _first(part) for part in block.seen["problem"]["parts"]}


def _first(part: Mapping[str, Any]) -> object:
    match part["kind"]:
        case "single_choice" | "dropdown":
            return part["choices"][0]["id"]
        case "multiple_choice":
            return [part["choices"][0]["id"]]
        case "drag_and_drop":
            return {part["draggables"][0]["id"]: part["zones"][0]["id"]}
        case "poll":
            return part["options"][0]["id"]
        case "survey":
            return {question["id"]: part["options"][0]["id"] for question in part["questions"]}
        case "word_cloud":
            return ["word"]
        case "image_region":
            return "1,1"
        case _:
            return "1"


def refusals(platform: Platform, record: Record, author: Api, learner: Learner) -> None:
    """Do what is refused, in every way there is."""
    course, nowhere = learner.course, "00000000-0000-7000-8000-000000000000"
    guest, api = platform.api(), learner.api
    unit = learner.units()[0]
    record.send(guest, "GET", f"/learn/{course}/outline")
    record.send(guest, "GET", "/identity/me", headers={"authorization": "Bearer nonsense"})
    record.send(guest, "POST", "/identity/login", body={"email": "nobody@example.org", "password": "wrong wrong"})
    record.send(guest, "POST", "/identity/login", body={"email": 7})
    record.send(guest, "POST", "/identity/login", content=b"{", headers={"content-type": "application/json"})
    record.send(guest, "POST", "/identity/verify-email", body={"token": "nonsense"})
    record.send(guest, "POST", "/identity/refresh", body={"refresh_token": "nonsense"})
    record.send(guest, "GET", "/nothing/here")
    record.send(api, "DELETE", "/learn/home")
    record.send(api, "GET", f"/courses/{course}")
    record.send(api, "GET", f"/learn/{nowhere}/outline")
    record.send(api, "GET", f"/learn/{course}/units/{nowhere}")
    record.send(api, "GET", f"/learn/{course}/units/nonsense")
    record.send(api, "GET", f"/teach/{course}/progress")
    record.send(api, "PATCH", "/people/me", body={"display_name": "X"})
    record.send(api, "PATCH", "/people/me", body={"display_name": "X"}, headers={"if-match": '"9999"'})
    record.send(api, "POST", f"/learn/{course}/units/{unit}/viewed", body={}, headers={"idempotency-key": "x" * 300})
    record.send(author, "GET", f"/courses/{nowhere}")
    record.send(author, "GET", f"/teach/{course}/progress?limit=1000")
    record.send(author, "GET", f"/teach/{course}/progress?cursor=nonsense")
    record.send(author, "PATCH", f"/courses/{course}", body={}, headers={"if-match": '"9999"'})
    record.send(author, "POST", "/organizations", body={"slug": "mine", "name": "Mine"})


def look_on(platform: Platform, record: Record, learner: Learner) -> None:
    """See the learner as those who teach do."""
    teacher = platform.api().log_in(*platform.account("instructor"))
    seats = f"/teach/{learner.course}/progress"
    wait_for(lambda: teacher.get(seats)["items"], why="the seat is there")
    record.send(teacher, "GET", seats)
    record.send(teacher, "GET", f"{seats}/{learner.api.user}")
    record.send(teacher, "GET", f"/enrollment/courses/{learner.course}/seats")
    record.send(teacher, "GET", f"/enrollment/courses/{learner.course}/rules")


def test_the_same_journey_gives_the_same_answers(embedded: Platform, split: Platform):
    records = []
    for platform in (embedded, split):
        record = Record()
        author, course = teach(platform, record, package("Parity", run="parity"), filename="parity.tar.gz")
        learner = study(platform, record, course, answers_of=by_turns)
        refusals(platform, record, author, learner)
        look_on(platform, record, learner)
        records.append(record)

    assert len(records[0].lines) > 70
    assert_equal(*records)


@pytest.mark.skipif(not DEMO.is_dir(), reason=f"there is no {DEMO} on this machine")
def test_a_course_of_the_wild_is_the_same_in_both(embedded: Platform, split: Platform):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(DEMO, arcname="openedx-demo")
    records = []
    for platform in (embedded, split):
        record = Record()
        _, course = teach(platform, record, packed.getvalue(), filename="openedx-demo.tar.gz")
        learner = study(platform, record, course, answers_of=at_first_sight, every=8)
        assert learner.api.progress(course)["completed"] > 0
        records.append(record)

    assert_equal(*records)


def assert_equal(one: Record, other: Record) -> None:
    """Compare two records and show where they part."""
    lines = ["\n".join(record.lines).splitlines() for record in (one, other)]
    differences = list(difflib.unified_diff(*lines, "embedded", "split", lineterm="", n=6))
    assert not differences, "\n".join(differences[:120])
