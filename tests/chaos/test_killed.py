"""kill -9 of any process while people study: they send again what was not answered, and nothing is lost or doubled."""

import pytest

from tests.chaos.crowd import Crowd, assert_nothing_is_lost_or_doubled
from tests.harness.lighthouse import POSSIBLE
from tests.harness.platform import Platform
from tests.harness.processes import eventually
from tests.harness.study import taught

TIMES = 40
BYTES = {"content-type": "application/octet-stream"}
VICTIMS = ("assessment", "courses", "enrollment", "identity", "media", "organizations", "people")


@pytest.fixture(scope="module")
def course(split: Platform) -> str:
    """Return the course that everybody studies."""
    return taught(split, title="Under fire", run="chaos")


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
