"""kill -9 of any process while people study: they send again what was not answered, and nothing is lost or doubled."""

import pytest

from tests.chaos.crowd import Crowd, assert_nothing_is_lost_or_doubled
from tests.chaos.test_killed_class import VICTIMS as CLASSROOM
from tests.harness.client import wait_for
from tests.harness.lighthouse import POSSIBLE, package
from tests.harness.platform import Platform
from tests.harness.processes import eventually, is_alive
from tests.harness.study import taught

TIMES = 40
BYTES = {"content-type": "application/octet-stream"}
VICTIMS = (
    *("assessment", "catalog", "courses", "enrollment", "identity", "media", "organizations", "people", "progress"),
    *("calendar", "notifications"),
    *("gateway", "jobs", "postgres", "valkey", "broker"),
)


@pytest.fixture(scope="module")
def course(split: Platform) -> str:
    """Return the course that everybody studies."""
    return taught(split, title="Under fire", run="chaos")


def test_every_service_is_among_the_victims(split: Platform):
    assert set(split.services()) <= {*VICTIMS, *CLASSROOM}


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


def test_the_owner_of_all_processes_killed_takes_them_with_it_and_nothing_else(platform: Platform, lighthouse: str):
    before: set[int] = set()

    def blow() -> None:
        before.update(platform.living(), (one["pid"] for one in platform.status()["services"]))
        platform.kill("all")
        eventually(lambda: not any(is_alive(pid) for pid in before), why="nobody outlives the owner")
        assert platform.living() == {}
        platform.start()

    learners = Crowd(platform, lighthouse).study(blow)

    assert len(before) >= 2
    assert_nothing_is_lost_or_doubled(learners, course=lighthouse)


def test_the_database_killed_under_one_process_comes_back_with_everything(embedded: Platform):
    course = taught(embedded, title="Under fire in one", run="chaos")
    killed: list[int] = []

    learners = Crowd(embedded, course).study(lambda: killed.append(embedded.kill("postgres")))

    assert_nothing_is_lost_or_doubled(learners, course=course)
    assert embedded.pid_of("postgres") not in killed
    assert not any(is_alive(pid) for pid in killed)


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
