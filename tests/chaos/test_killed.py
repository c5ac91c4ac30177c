"""kill -9 of any process while people study: they send again what was not answered, and nothing is lost or doubled."""

import pytest

from tests.chaos.crowd import Crowd, assert_nothing_is_lost_or_doubled
from tests.harness.client import wait_for
from tests.harness.lighthouse import POSSIBLE, REQUIRED, package
from tests.harness.platform import Platform
from tests.harness.processes import eventually, is_alive
from tests.harness.study import newcomer, taught

TIMES = 40
BYTES = {"content-type": "application/octet-stream"}
VICTIMS = (
    *("assessment", "courses", "enrollment", "identity", "media", "organizations", "people", "progress"),
    *("gateway", "jobs", "postgres", "valkey", "broker"),
)


@pytest.fixture(scope="module")
def course(split: Platform) -> str:
    """Return the course that everybody studies."""
    return taught(split, title="Under fire", run="chaos")


def test_every_service_is_among_the_victims(split: Platform):
    assert set(split.services()) <= {*VICTIMS, "catalog"}


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_process_costs_time_and_nothing_else(split: Platform, course: str, victim: str):
    killed: list[int] = []

    learners = Crowd(split, course).study(lambda: killed.append(split.kill(victim)))

    assert_nothing_is_lost_or_doubled(learners, course=course)
    eventually(lambda: split.pid_of(victim) not in killed, why=f"{victim} runs again")
    teacher = split.api().log_in(*split.account("instructor"))
    for learner in learners:
        seen = teacher.get(f"/teach/{course}/progress/{learner.api.user}")
        assert [seen["percent"], float(seen["points"])] == [100, POSSIBLE]


def test_after_the_broker_forgot_everything_events_from_before_and_after_reach_their_consumers(split: Platform):
    before = [split.api() for _ in range(3)]
    accounts = [api.sign_up() for api in before]

    split.kill("broker")
    late = [split.api(is_patient=True) for _ in range(3)]
    for api in late:
        # Ends when organizations and people have both consumed what identity published.
        api.sign_up()
    for api, account in zip(before, accounts, strict=True):
        api.post("/identity/logout-everywhere", expect=204)
        wait_for(lambda api=api: api.send("GET", "/people/me").status_code == 401, why="the broadcast arrives")
        api.log_in(account.email, account.password)

    warnings = [line for line in split.log.read_text(errors="replace").splitlines() if "Traceback" in line]
    assert warnings == []


def test_the_supervisor_killed_takes_every_process_with_it(split: Platform, course: str):
    learner = newcomer(split, course)
    blocks = learner.read_all()
    pids = [one["pid"] for one in split.status()["services"]]

    split.kill("all")
    eventually(lambda: split.living() == {}, why="no process is left")
    split.start()
    learner.api.is_patient = True
    for block in blocks:
        if block.question:
            learner.answer_rightly(block)

    assert not any(is_alive(pid) for pid in pids)
    progress = learner.api.progress(course)
    assert [progress["completed"], float(progress["points"])] == [REQUIRED - 1, POSSIBLE]


def test_the_jobs_process_killed_in_an_import_is_followed_by_another_that_ends_it(split: Platform):
    author = split.api(is_patient=True).log_in(*split.account("author"))
    content = package("Long", run="long", times=TIMES)

    begun = author.ask(
        "POST", "/courses/import?format=olx&filename=a.tar.gz", content=content, headers=BYTES, expect=202
    )
    wait_for(lambda: author.get(f"/courses/imports/{begun['import_id']}")["state"] == "running", why="it runs")
    split.kill("jobs")
    report = author.imported(begun["import_id"])
    draft = author.get(f"/courses/{report['course']}/outline")
    again = author.import_course(content, filename="b.tar.gz")

    assert report["state"] == "done", report
    assert report["blocks"] == {
        "found": 31 * TIMES + 1,
        "imported": 30 * TIMES + 1,
        "converted_with_loss": 0,
        "skipped": TIMES,
    }
    assert again["course"] == report["course"]
    assert author.get(f"/courses/{report['course']}/outline") == draft
