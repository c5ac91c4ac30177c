"""Files of people: a short one is done at once, a long one by a job that says how far it is."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from stoa.kit.clock import Clock
from stoa.kit.contract import Job, OrganizationId, UserId, new_id
from stoa.kit.errors import StoaError
from stoa.kit.jobs import JobRun
from stoa.kit.store import Store
from stoa.services.courses.contract import CourseId, CoursesPort
from stoa.services.enrollment import domain
from stoa.services.enrollment.contract import Seat, SeatImportNotFound
from stoa.services.enrollment.domain import ImportedRow, ImportState, SeatImport, SeatRow
from stoa.services.enrollment.policy import EnrollmentSettings
from stoa.services.enrollment.store import EnrollmentTx
from stoa.services.identity.contract import AddressClosed, IdentityPort
from stoa.services.organizations.contract import MemberGone, Membership, OrganizationsPort

_STEP = 20
_KEPT = timedelta(days=30)


class ImportPeople(Job, frozen=True, kw_only=True):
    """Enrol the people of a file that was kept."""

    type_: ClassVar[str] = "enrollment.import-people"

    organization_id: OrganizationId
    import_id: UUID


class SeatImports:
    """Enrols the people of a CSV, opening accounts they claim by mail; nobody is removed by a file."""

    def __init__(
        self,
        *,
        store: Store[EnrollmentTx],
        clock: Clock,
        courses: CoursesPort,
        identity: IdentityPort,
        organizations: OrganizationsPort,
        settings: EnrollmentSettings,
        seat_of: Callable[..., Awaitable[Seat | None]],
        grant: Callable[..., Awaitable[Seat]],
    ) -> None:
        self._store, self._clock, self._settings = store, clock, settings
        self._courses, self._identity, self._organizations = courses, identity, organizations
        self._seat_of, self._grant = seat_of, grant

    async def start(
        self, *, organization: OrganizationId, course: CourseId, text: str, actor: UserId, dry_run: bool
    ) -> SeatImport:
        """Do a short file at once; keep a long one and queue it."""
        await self._courses.course_of(organization=organization, course=str(course))
        rows = domain.read_people(text)
        begun = SeatImport(
            id=new_id(), course=course, actor=actor, dry_run=dry_run, state=ImportState.WAITING, done=0,
            total=len(rows), items=[],
        )  # fmt: skip
        if len(rows) > self._settings.import_at_once:
            now = self._clock.now()
            async with self._store.transaction(organization=organization) as tx:
                await tx.drop_imports(before=now - _KEPT)
                await tx.insert_import(begun, text=text, at=now)
                job = ImportPeople(organization_id=organization, import_id=begun.id)
                tx.enqueue(job, lock=f"enrollment.import:{course}")
            return begun
        seen: set[str] = set()
        items = [await self._one(organization, begun, row, seen) for row in rows]
        return begun.further(items, state=ImportState.DONE)

    async def report(self, *, organization: OrganizationId, course: CourseId, import_id: UUID) -> SeatImport:
        """Say how far a file is, and what was done, or would be, with each person so far."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.import_of(import_id)
        if found is None or found[0].course != course:
            raise SeatImportNotFound
        return found[0]

    async def work(self, *, organization: OrganizationId, import_id: UUID, run: JobRun) -> None:
        """Work a file off in steps; one that was interrupted goes on after the last step that was kept."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.import_of(import_id)
        if found is None or found[0].state is ImportState.DONE:
            return
        state, text = found
        rows = domain.read_people(text)
        seen = {domain.address_key(row.email) for row in rows[: state.done]}
        while state.done < len(rows):
            step = rows[state.done : state.done + _STEP]
            items = [await self._one(organization, state, row, seen) for row in step]
            state = state.further(items, state=ImportState.RUNNING)
            async with self._store.transaction(organization=organization) as tx:
                await tx.note_import(state, items)
            await run.progress(state.done, state.total)
        async with self._store.transaction(organization=organization) as tx:
            await tx.finish_import(import_id, at=self._clock.now())

    async def _one(self, organization: OrganizationId, begun: SeatImport, row: SeatRow, seen: set[str]) -> ImportedRow:
        key = domain.address_key(row.email)
        if key in seen:
            return ImportedRow(line=row.line, email=row.email, outcome="repeated")
        seen.add(key)
        try:
            outcome = await self._outcome(organization, begun, row)
        except StoaError as error:
            reason = error.detail or error.title
            return ImportedRow(line=row.line, email=row.email, outcome="refused", reason=reason)
        return ImportedRow(line=row.line, email=row.email, outcome=outcome)

    async def _outcome(self, organization: OrganizationId, begun: SeatImport, row: SeatRow) -> str:
        account = await self._identity.account_by_email(email=row.email)
        if account is not None and account.is_closed:
            raise AddressClosed
        seat = None
        if account is not None:
            member = await self._organizations.membership_of(organization=organization, user=account.user)
            if member is Membership.GONE:
                raise MemberGone
            seat = await self._seat_of(organization=organization, course=begun.course, user=account.user)
        if seat is not None and seat.is_open:
            return "already"
        outcome = "enrolled" if account else "invited"
        if begun.dry_run:
            return outcome
        name = (row.name or row.email.split("@")[0])[:120]
        account = await self._identity.ensure_account(organization=organization, email=row.email, display_name=name)
        await self._organizations.ensure_member(organization=organization, user=account.user, display_name=name)
        await self._grant(organization, begun.course, account.user, actor=begun.actor, until=None)
        return outcome
