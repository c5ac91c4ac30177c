"""What one request asks of PostgreSQL, recorded from the real services, so that a rival can ask the same."""

import pickle
from pathlib import Path
from typing import Any
from uuid import UUID

from stoa.app.embedded import open_platform
from stoa.app.process import Process
from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.store import UnitOfWork
from stoa.services.courses.contract import CourseId
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.identity.contract import IdentityPort
from stoa.services.organizations.contract import OrganizationsPort
from stoa.services.progress.service.desk import Desk

Statement = tuple[str, tuple[Any, ...]]  # any: arguments of every type


class Learner(Struct, frozen=True, kw_only=True):
    """Somebody with a seat in the course that is measured."""

    user: UserId
    email: str
    password: str


class Recording(Struct, frozen=True, kw_only=True):
    """The course and unit that are measured, and the statements of a read and of a write of the first learner."""

    learners: list[Learner]

    course: str
    unit: str
    title: str
    read: list[Statement]
    before: list[Statement]
    write: list[Statement]


async def record(home: Path, *, learners: int) -> Recording:
    """Seat learners, run a warm read and a warm write of the first next to the platform, and note what they ask."""
    seen: list[Statement] = []
    _listen(seen)
    async with open_platform({"STOA_HOME": str(home)}) as process:
        found = await process.port(OrganizationsPort).organization_by_slug(slug="demo")
        demo = await process.port(IdentityPort).account_by_email(email="learner@demo.example")
        desk = process.services["progress"]
        assert found is not None
        assert demo is not None
        assert isinstance(desk, Desk)
        organization = found.organization
        shelf = (await desk.reading.shelves(organization=organization, user=demo.user))[0]
        course = str(shelf.course.id)
        seated = [await _seated(process, organization, shelf.course.id, number) for number in range(learners)]
        user = seated[0].user
        read: list[Statement] = []
        for _ in range(2):
            seen.clear()
            studying = await desk.progress.studying(organization=organization, course=course, user=user)
            unit = studying.visible.units()[1]
            await desk.reading.unit(studying, unit.id)
            read = list(seen)
        before: list[Statement] = []
        for _ in range(2):
            seen.clear()
            studying = await desk.progress.studying(organization=organization, course=course, user=user)
            before = list(seen)
            seen.clear()
            await desk.progress.view_unit(studying, unit.id)
    return Recording(
        learners=seated,
        course=course,
        unit=str(unit.id),
        title=unit.title,
        read=read,
        before=before,
        write=list(seen),
    )


async def _seated(process: Process, organization: OrganizationId, course: CourseId, number: int) -> Learner:
    email, password = f"learner-{number}@bench.example", f"a password of learner {number}"
    account = await process.port(IdentityPort).ensure_account(
        organization=organization, email=email, display_name=f"Learner {number}", password=password
    )
    await process.port(OrganizationsPort).ensure_member(
        organization=organization, user=account.user, display_name=f"Learner {number}"
    )
    await process.port(EnrollmentPort).ensure_seat(organization=organization, course=course, user=account.user)
    return Learner(user=account.user, email=email, password=password)


def _of(statements: list[Statement], user: UserId, recorded: UserId) -> list[Statement]:
    """Return the statements of one learner as another would run them."""
    own = {recorded: user, str(recorded): str(user)}
    return [
        (sql, tuple(own.get(value, value) if isinstance(value, UUID | str) else value for value in arguments))
        for sql, arguments in statements
    ]


def keep(recording: Recording, path: Path, *, tokens: list[str], answers: dict[str, bytes]) -> None:
    """Write a recording for the rivals: what each learner's token stands for, and what a request answers."""
    first = recording.learners[0].user
    people = {
        token: {
            "roles": ["learner"],
            "read": _of(recording.read, learner.user, first),
            "before": _of(recording.before, learner.user, first),
            "write": _of(recording.write, learner.user, first),
        }
        for token, learner in zip(tokens, recording.learners, strict=True)
    }
    path.write_bytes(pickle.dumps({"people": people, "answers": answers}))


def _listen(seen: list[Statement]) -> None:
    for name in ("fetch", "fetchrow", "fetchval", "execute", "run"):
        original = getattr(UnitOfWork, name)

        async def note(self: UnitOfWork, sql: str, *args: object, original: Any = original) -> Any:  # any: rows
            seen.append((sql, args))
            return await original(self, sql, *args)

        setattr(UnitOfWork, name, note)
