"""The demo: an organization, four people, a course worth taking and a class, made once at the first start."""

import secrets
from datetime import timedelta
from importlib.resources import as_file, files

from stoa.app.embedded import Tell
from stoa.app.home import DemoAccount, Home
from stoa.app.process import Process
from stoa.kit.contract import OrganizationId, UserId
from stoa.services.courses.contract import CourseId
from stoa.services.courses.service.courses import Courses
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.identity.contract import IdentityPort
from stoa.services.live.domain.classes import ClassSettings
from stoa.services.live.service.live import Live
from stoa.services.live.service.scheduling import NewClass
from stoa.services.organizations.contract import OrganizationsPort
from stoa.services.organizations.service.organizations import Organizations

_SYLLABLES = tuple(first + second for first in "bdfgklmn" for second in "aeio")
ADMIN_ROLES = ("owner", "admin")
_PEOPLE = (
    ("admin", "Alex Admin", ADMIN_ROLES),
    ("author", "Ada Author", ("author", "instructor")),
    ("instructor", "Ines Instructor", ("instructor",)),
    ("learner", "Leo Learner", ()),
)


async def plant_demo(process: Process, home: Home, tell: Tell) -> None:
    """Make the demo unless it was made here before; a start that was cut short goes on where it stopped."""
    organizations = process.port(OrganizationsPort)
    # Accounts without their organization are those of a database that is not there any more.
    if home.demo_accounts() and await organizations.organization_by_slug(slug=process.settings.organization):
        return
    tell("Making the demo organization")
    found = await organizations.ensure_organization(slug=process.settings.organization, name="Stoa Demo")
    organization = found.organization
    accounts = [DemoAccount(role=role, email=f"{role}@demo.example", password=new_password()) for role, _, _ in _PEOPLE]
    users = {}
    for account, (role, name, roles) in zip(accounts, _PEOPLE, strict=True):
        users[role] = await ensure_person(
            process, organization, email=account.email, name=name, password=account.password, roles=roles
        )
    service = process.services["organizations"]
    assert isinstance(service, Organizations)
    await service.make_operator(user=users["admin"])
    tell("Bringing in the demo course")
    course = await _course(process, organization, users)
    await _class(process, organization, users, course)
    home.keep_demo_accounts(accounts)


async def ensure_person(
    process: Process,
    organization: OrganizationId,
    *,
    email: str,
    name: str,
    password: str | None,
    roles: tuple[str, ...],
) -> UserId:
    """Return the account of an address, as a member of an organization with these roles; one is opened if need be."""
    identity, organizations = process.port(IdentityPort), process.port(OrganizationsPort)
    opened = await identity.ensure_account(organization=organization, email=email, display_name=name, password=password)
    await organizations.ensure_member(organization=organization, user=opened.user, display_name=name)
    for role in roles:
        await organizations.ensure_role(organization=organization, user=opened.user, role=role, scope="organization")
    return opened.user


async def _course(process: Process, organization: OrganizationId, users: dict[str, UserId]) -> CourseId | None:
    courses = process.services["courses"]
    assert isinstance(courses, Courses)
    place = files("stoa.app") / "course"
    if not place.is_dir():
        return None
    with as_file(place) as folder:
        imported = await courses.importing.import_path(
            organization=organization, path=folder, format_="course", author=users["author"], report=_quietly
        )
    await courses.publishing.publish(
        organization=organization, course=imported.course, note="The demo course", author=users["author"]
    )
    enrollment = process.port(EnrollmentPort)
    await enrollment.ensure_seat(organization=organization, course=imported.course, user=users["learner"])
    return imported.course


async def _class(
    process: Process, organization: OrganizationId, users: dict[str, UserId], course: CourseId | None
) -> None:
    """Plan a class that a teacher can start at once, and that anybody joins by its six digits."""
    live = process.services["live"]
    assert isinstance(live, Live)
    now = process.clock.now().replace(second=0, microsecond=0)
    hour = NewClass(
        title="Learning together: your questions, live",
        description="Start it, and let a phone join by the code.",
        course_id=course,
        starts_at=now,
        ends_at=now + timedelta(hours=8),
        host_id=users["instructor"],
        cohost_ids=[users["author"]],
        settings=ClassSettings(takes_guests=True, max_minutes=480),
    )
    await live.scheduling.plan(hour, organization=organization, by=users["instructor"])


async def _quietly(done: int, total: int | None, note: str = "") -> None:
    """Take a report of progress and say nothing."""


def new_password() -> str:
    """Return a password of twelve syllables in four words, 60 bits, that can be read aloud."""
    return "-".join("".join(secrets.choice(_SYLLABLES) for _ in range(3)) for _ in range(4))
