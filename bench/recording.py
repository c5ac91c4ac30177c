"""What one request asks of PostgreSQL, recorded from the real services, so that a rival can ask the same."""

import pickle
from pathlib import Path
from typing import Any

from stoa.app.embedded import open_platform
from stoa.kit.contract import Struct
from stoa.kit.store import UnitOfWork
from stoa.services.identity.contract import IdentityPort
from stoa.services.organizations.contract import OrganizationsPort
from stoa.services.progress.service.desk import Desk

Statement = tuple[str, tuple[Any, ...]]  # any: arguments of every type


class Recording(Struct, frozen=True, kw_only=True):
    """The course and unit that are measured and the statements of a read and of a write."""

    course: str
    unit: str
    title: str
    read: list[Statement]
    before: list[Statement]
    write: list[Statement]


async def record(home: Path, *, email: str) -> Recording:
    """Run one warm read and one warm write in this process, next to the running platform, and note what they ask."""
    seen: list[Statement] = []
    _listen(seen)
    async with open_platform({"STOA_HOME": str(home)}) as process:
        found = await process.port(OrganizationsPort).organization_by_slug(slug="demo")
        account = await process.port(IdentityPort).account_by_email(email=email)
        desk = process.services["progress"]
        assert found is not None
        assert account is not None
        assert isinstance(desk, Desk)
        shelf = (await desk.reading.shelves(organization=found.organization, user=account.user))[0]
        course = str(shelf.course.id)
        read: list[Statement] = []
        for _ in range(2):
            seen.clear()
            studying = await desk.progress.studying(organization=found.organization, course=course, user=account.user)
            unit = studying.visible.units()[1]
            await desk.reading.unit(studying, unit.id)
            read = list(seen)
        before: list[Statement] = []
        for _ in range(2):
            seen.clear()
            studying = await desk.progress.studying(organization=found.organization, course=course, user=account.user)
            before = list(seen)
            seen.clear()
            await desk.progress.view_unit(studying, unit.id)
    return Recording(course=course, unit=str(unit.id), title=unit.title, read=read, before=before, write=list(seen))


def keep(recording: Recording, path: Path, *, token: str, answers: dict[str, bytes]) -> None:
    """Write a recording for the rivals."""
    path.write_bytes(
        pickle.dumps(
            {
                "read": recording.read,
                "before": recording.before,
                "write": recording.write,
                "token": token,
                "answers": answers,
            }
        )
    )


def _listen(seen: list[Statement]) -> None:
    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        original = getattr(UnitOfWork, name)

        async def note(self: UnitOfWork, sql: str, *args: object, original: Any = original) -> Any:  # any: rows
            seen.append((sql, args))
            return await original(self, sql, *args)

        setattr(UnitOfWork, name, note)
