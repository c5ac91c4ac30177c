"""The directory of courses: which organization a course is at home in, for those who know only its id or slug."""

from stoa.kit.contract import OrganizationId
from stoa.kit.store import UnitOfWork
from stoa.services.courses.contract import CourseId


class DirectoryTx(UnitOfWork):
    """The part of a unit of work that knows the directory; across organizations the terminal alone reads it."""

    @property
    def tenant(self) -> OrganizationId:
        """Return the organization, which every statement but those of the terminal needs."""
        assert self.organization is not None
        return self.organization

    async def note_home(self, course: CourseId, slug: str) -> None:
        """Note where a course is at home."""
        await self.execute(
            "insert into courses.directory (course_id, organization_id, slug) values ($1, $2, $3)"
            " on conflict (course_id) do update set slug = excluded.slug",
            course, self.tenant, slug,
        )  # fmt: skip

    async def homes(self, *, course: CourseId | None, slug: str) -> list[tuple[OrganizationId, CourseId]]:
        """Return the courses with an id or slug in whatever organization."""
        rows = await self.fetch(
            "select organization_id, course_id from courses.directory where course_id = $1 or slug = $2 limit 20",
            course, slug,
        )  # fmt: skip
        return [(OrganizationId(row["organization_id"]), CourseId(row["course_id"])) for row in rows]

    async def slugs(self, *, organization: OrganizationId | None, at_most: int) -> list[str]:
        """Return the first slugs in their order, of one organization or of all."""
        rows = await self.fetch(
            "select distinct slug from courses.directory where $1::uuid is null or organization_id = $1"
            " order by slug limit $2",
            organization, at_most,
        )  # fmt: skip
        return [row["slug"] for row in rows]
