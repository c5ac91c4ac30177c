"""Files of people: what each row becomes, at once or by a job that may be interrupted."""

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import JobId, new_id
from stoa.kit.testing.outgoing import queued
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.kit.testing.routes import RoutesUnderTest, a_caller
from stoa.services.courses.contract import CourseId
from stoa.services.enrollment.jobs import import_people
from stoa.services.enrollment.routes import router
from stoa.services.enrollment.service.enrollment import Enrollment
from stoa.services.enrollment.service.importing import ImportPeople
from stoa.services.enrollment.tests.building import HOME, STAFF, FakeIdentity, FakeOrganizations
from stoa.services.enrollment.tests.seating import counted, enrol
from stoa.services.organizations.contract import Membership

API = "/api/v1/enrollment/courses"
LONG = "email,name\n" + "\n".join(
    "no address" if number == 7 else f"p{number % 95}@example.org,P" for number in range(100)
)


class Run:
    """One attempt at a job; it is interrupted after so many steps."""

    id, attempt = JobId(1), 1

    def __init__(self, steps: int = 1_000) -> None:
        self.told: list[tuple[int, int | None]] = []
        self._steps = steps

    async def progress(self, done: int, total: int | None, note: str = "") -> None:
        self.told.append((done, total))
        if len(self.told) == self._steps:
            raise ConnectionError("the process ended")


FILE = """email,name
ada@example.org,Ada
NEW@example.org,"New, Person"
ada@example.org,Ada again
\uff41\uff44\uff41@example.org,Full width
not an address,X
,Nobody
closed@example.org,Gone
removed@example.org,Removed
seated@example.org,There
=cmd|' /C calc'!A0@example.org,=1+1
a\0b@example.org,Nul
"""


async def test_a_dry_run_says_what_the_real_run_does(
    enrollment: Enrollment, course: CourseId, identity: FakeIdentity, organizations: FakeOrganizations
) -> None:
    for email in ("ada@example.org", "seated@example.org", "removed@example.org"):
        organizations.members[identity.add(email)] = Membership.MEMBER
    organizations.members[identity.accounts["removed@example.org"].user] = Membership.GONE
    identity.add("closed@example.org", is_closed=True)
    seated = identity.accounts["seated@example.org"].user
    await enrol(enrollment, course, seated)
    known = len(identity.accounts)

    start = enrollment.imports.start
    dry = (await start(organization=HOME, course=course, text=FILE, actor=STAFF, dry_run=True)).items
    assert len(identity.accounts) == known
    assert (await counted(enrollment, course))[0] == 1
    real = (await start(organization=HOME, course=course, text=FILE, actor=STAFF, dry_run=False)).items
    again = (await start(organization=HOME, course=course, text=FILE, actor=STAFF, dry_run=False)).items

    assert dry == real
    assert [row.outcome for row in real] == [
        "enrolled",
        "invited",
        "repeated",
        "repeated",
        "refused",
        "refused",
        "refused",
        "refused",
        "already",
        "invited",
        "refused",
    ]
    assert {row.outcome for row in again} == {"already", "repeated", "refused"}
    assert (await counted(enrollment, course))[0] == 4


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_long_file_is_worked_off_by_a_job_that_goes_on_where_it_was_interrupted(
    enrollment: Enrollment,
    course: CourseId,
    identity: FakeIdentity,
    postgres: ThrowawayPostgres,
    clock: ManualClock,
    dry_run: bool,
) -> None:
    staff = RoutesUnderTest((router, enrollment), clock=clock).client(a_caller("instructor", organization=HOME))
    url = f"{API}/{course}/seats/import"

    begun = await staff.post(url, json={"csv": LONG}, params={"dry_run": str(dry_run).lower()})
    [job] = await queued(postgres, "enrollment", ImportPeople)
    before = (begun.status_code, begun.json()["state"], begun.json()["total"], len(identity.accounts))
    with pytest.raises(ConnectionError):
        await import_people(job, Run(steps=2), enrollment)
    report = f"{API}/{course}/seats/imports/{begun.json()['import_id']}"
    halfway = (await staff.get(report)).json()
    run = Run()
    await import_people(job, run, enrollment)
    await import_people(job, Run(), enrollment)
    whole = (await staff.get(report)).json()

    assert before == (202, "waiting", 100, 0)
    assert (halfway["state"], halfway["done"], len(halfway["items"])) == ("running", 40, 40)
    assert run.told == [(60, 100), (80, 100), (100, 100)]
    assert (whole["state"], whole["done"], whole["dry_run"]) == ("done", 100, dry_run)
    assert whole["counts"] == {"invited": 94, "refused": 1, "repeated": 5}
    assert [row["line"] for row in whole["items"]] == list(range(2, 102))
    [refused] = [row for row in whole["items"] if row["outcome"] == "refused"]
    assert (refused["line"], refused["email"]) == (9, "no address")
    assert refused["reason"]
    assert (await counted(enrollment, course))[0] == (0 if dry_run else 94)


async def test_a_report_belongs_to_its_course_and_its_staff(
    enrollment: Enrollment, course: CourseId, clock: ManualClock
) -> None:
    routes = RoutesUnderTest((router, enrollment), clock=clock)
    staff = routes.client(a_caller("instructor", organization=HOME))
    begun = (await staff.post(f"{API}/{course}/seats/import", json={"csv": LONG})).json()["import_id"]
    short = await staff.post(f"{API}/{course}/seats/import", json={"csv": "email\na@example.org"})

    answers = [
        await staff.get(f"{API}/{new_id()}/seats/imports/{begun}"),
        await staff.get(f"{API}/{course}/seats/imports/{new_id()}"),
        await routes.client(a_caller("owner")).get(f"{API}/{course}/seats/imports/{begun}"),
        await routes.client(a_caller("assistant", organization=HOME)).get(f"{API}/{course}/seats/imports/{begun}"),
    ]

    assert (short.status_code, short.json()["state"]) == (200, "done")
    assert [answer.status_code for answer in answers] == [404, 404, 404, 403]
