"""The SQL of drafts, snapshots and publications."""

from datetime import datetime
from typing import Any

import msgspec
from asyncpg import UniqueViolationError

from stoa.kit.contract import UserId
from stoa.kit.store import Record
from stoa.services.courses.contract import (
    BlockKind,
    Content,
    CourseId,
    CourseState,
    NodeId,
    NodeKind,
    NodeSettings,
    SlugTaken,
    SnapshotId,
)
from stoa.services.courses.domain.bundle import CourseFields, PageText
from stoa.services.courses.domain.drafts import CourseLine, DraftCourse, Publication
from stoa.services.courses.domain.outline import DraftNode
from stoa.services.courses.domain.snapshot import AssetEntry, Manifest, StoredNode
from stoa.services.courses.store.transfers import TransfersTx

COURSE = "course_id, key, slug, fields, pages, extras, state, version, snapshot, published_at, changed_at"
NODE = "node_id, key, parent, position, kind, block_kind, title, settings, content, version, source_hash, archived_at"


class PublishedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A course as the published side needs it."""

    id: CourseId
    slug: str
    state: CourseState
    fields: CourseFields
    snapshot: SnapshotId | None
    published_at: datetime | None
    image_sha256: str | None


class CoursesTx(TransfersTx):
    """One unit of work on the tables of courses; every row belongs to the organization it was opened for."""

    async def insert_course(self, course: DraftCourse, *, at: datetime) -> None:
        """Keep a new course, or raise SlugTaken where another one got its address first."""
        kept = await self.execute(
            "insert into courses.courses (organization_id, course_id, key, slug, fields, pages, extras, state, version,"
            " created_at, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)"
            " on conflict (organization_id, slug) do nothing",
            self.tenant, course.id, course.key, course.fields.slug, course.fields, course.pages, course.extras,
            course.state.value, course.version, at,
        )  # fmt: skip
        if not kept:
            raise SlugTaken(f"The address {course.fields.slug} is taken")
        await self.note_home(course.id, course.fields.slug)

    async def course(self, course: CourseId, *, lock: bool = False) -> DraftCourse | None:
        """Return the draft of a course."""
        row = await self.fetchrow(
            f"select {COURSE} from courses.courses where organization_id = $1 and course_id = $2"  # noqa: S608 (a constant)
            + (" for update" if lock else ""),
            self.tenant, course,
        )  # fmt: skip
        return _course(row) if row else None

    async def course_by_key(self, key: str) -> DraftCourse | None:
        """Return and lock the course that packages with this key belong to."""
        row = await self.fetchrow(
            f"select {COURSE} from courses.courses where organization_id = $1 and key = $2 for update",  # noqa: S608
            self.tenant, key,
        )  # fmt: skip
        return _course(row) if row else None

    async def course_with_key(self, key: str) -> CourseId | None:
        """Return the course that packages with this key belong to."""
        found = await self.fetchval(
            "select course_id from courses.courses where organization_id = $1 and key = $2", self.tenant, key
        )
        return CourseId(found) if found else None

    async def course_named(self, slug: str) -> CourseId | None:
        """Return the course with a slug, now or once."""
        found = await self.fetchval(
            "select course_id from courses.courses where organization_id = $1 and slug = $2"
            " union all select course_id from courses.old_slugs where organization_id = $1 and slug = $2 limit 1",
            self.tenant, slug,
        )  # fmt: skip
        return CourseId(found) if found else None

    async def slug_owner(self, slug: str) -> CourseId | None:
        """Return the course that has a slug now."""
        found = await self.fetchval(
            "select course_id from courses.courses where organization_id = $1 and slug = $2", self.tenant, slug
        )
        return CourseId(found) if found else None

    async def save_course(self, course: DraftCourse, *, old_slug: str) -> None:
        """Keep the changed draft of a course under its new version, or raise SlugTaken."""
        try:
            await self._update_course(course)
        except UniqueViolationError:
            raise SlugTaken(f"The address {course.fields.slug} is taken") from None
        if old_slug != course.fields.slug:
            await self.note_home(course.id, course.fields.slug)
            await self.execute(
                "insert into courses.old_slugs (organization_id, slug, course_id) values ($1, $2, $3)"
                " on conflict (organization_id, slug) do update set course_id = excluded.course_id",
                self.tenant, old_slug, course.id,
            )  # fmt: skip

    async def _update_course(self, course: DraftCourse) -> None:
        await self.execute(
            "update courses.courses set slug = $3, fields = $4, pages = $5, extras = $6, state = $7, version = $8,"
            " changed_at = $9 where organization_id = $1 and course_id = $2",
            self.tenant, course.id, course.fields.slug, course.fields, course.pages, course.extras, course.state.value,
            course.version, course.changed_at,
        )  # fmt: skip

    async def touch(self, course: CourseId, *, at: datetime) -> None:
        """Note that something in a draft changed."""
        await self.execute(
            "update courses.courses set changed_at = $3 where organization_id = $1 and course_id = $2",
            self.tenant, course, at,
        )  # fmt: skip

    async def list_courses(
        self, *, before: tuple[datetime, CourseId] | None, only: list[CourseId] | None, limit: int, slug: str = ""
    ) -> list[CourseLine]:
        """Return courses, the last changed first, or the one of a slug."""
        rows = await self.fetch(
            f"select {COURSE} from courses.courses where organization_id = $1"  # noqa: S608 (a constant)
            " and ($2::timestamptz is null or (changed_at, course_id) < ($2, $3))"
            " and ($4::uuid[] is null or course_id = any($4)) and ($6 = '' or slug = $6)"
            " order by changed_at desc, course_id desc limit $5",
            self.tenant, before[0] if before else None, before[1] if before else None, only, limit, slug,
        )  # fmt: skip
        return [_line(_course(row)) for row in rows]

    async def nodes(self, course: CourseId) -> list[DraftNode]:
        """Return the whole draft tree, archived nodes too."""
        rows = await self.fetch(
            f"select {NODE} from courses.nodes where organization_id = $1 and course_id = $2",  # noqa: S608 (a constant)
            self.tenant, course,
        )  # fmt: skip
        return [_node(row) for row in rows]

    async def node(self, course: CourseId, node: NodeId, *, lock: bool = False) -> DraftNode | None:
        """Return one node of a draft that is not archived."""
        row = await self.fetchrow(
            f"select {NODE} from courses.nodes where organization_id = $1 and course_id = $2 and node_id = $3"  # noqa: S608
            " and archived_at is null" + (" for update" if lock else ""),
            self.tenant, course, node,
        )  # fmt: skip
        return _node(row) if row else None

    async def changed(self, course: CourseId, node: NodeId) -> tuple[datetime, UserId | None] | None:
        """Return when and by whom a node was last changed."""
        row = await self.fetchrow(
            "select changed_at, changed_by from courses.nodes"
            " where organization_id = $1 and course_id = $2 and node_id = $3",
            self.tenant, course, node,
        )  # fmt: skip
        return (row["changed_at"], row["changed_by"]) if row else None

    async def siblings(self, course: CourseId, parent: NodeId | None) -> list[DraftNode]:
        """Return the children of a node in their order, locked."""
        rows = await self.fetch(
            f"select {NODE} from courses.nodes where organization_id = $1 and course_id = $2"  # noqa: S608 (a constant)
            " and parent is not distinct from $3 and archived_at is null order by position, node_id for update",
            self.tenant, course, parent,
        )  # fmt: skip
        return [_node(row) for row in rows]

    async def save_nodes(self, course: CourseId, nodes: list[DraftNode], *, at: datetime, by: UserId | None) -> None:
        """Keep nodes as they are now, new or changed."""
        await self.executemany(
            "insert into courses.nodes (organization_id, course_id, node_id, key, parent, position, kind, block_kind,"
            " title, settings, content, version, source_hash, archived_at, changed_at, changed_by)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
            " on conflict (organization_id, course_id, node_id) do update set key = excluded.key,"
            " parent = excluded.parent, position = excluded.position, kind = excluded.kind,"
            " block_kind = excluded.block_kind, title = excluded.title, settings = excluded.settings,"
            " content = excluded.content, version = excluded.version, source_hash = excluded.source_hash,"
            " archived_at = excluded.archived_at, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
            [
                (self.tenant, course, node.id, node.key, node.parent, node.position, node.kind.value,
                 node.block_kind.value if node.block_kind else None, node.title, node.settings, node.content,
                 node.version, node.source_hash, at if node.archived else None, at, by)
                for node in nodes
            ],
        )  # fmt: skip

    async def place_nodes(self, course: CourseId, order: list[NodeId]) -> None:
        """Give siblings the positions of their order."""
        await self.execute(
            "update courses.nodes set position = placed.position - 1"
            " from unnest($3::uuid[]) with ordinality as placed(id, position)"
            " where organization_id = $1 and course_id = $2 and node_id = placed.id",
            self.tenant, course, order,
        )  # fmt: skip

    async def archive_nodes(self, course: CourseId, nodes: list[NodeId], *, at: datetime, by: UserId | None) -> None:
        """Take nodes out of the draft; their ids stay known."""
        await self.execute(
            "update courses.nodes set archived_at = $4, changed_at = $4, changed_by = $5, version = version + 1"
            " where organization_id = $1 and course_id = $2 and node_id = any($3) and archived_at is null",
            self.tenant, course, nodes, at, by,
        )  # fmt: skip

    async def assets(self, course: CourseId) -> dict[str, AssetEntry]:
        """Return the files of a draft by name."""
        rows = await self.fetch(
            "select name, sha256, content_type, size, licence from courses.assets"
            " where organization_id = $1 and course_id = $2 order by name",
            self.tenant, course,
        )  # fmt: skip
        return {
            row["name"]: AssetEntry(
                sha256=row["sha256"], content_type=row["content_type"], size=row["size"], licence=row["licence"]
            )
            for row in rows
        }

    async def save_assets(self, course: CourseId, assets: dict[str, AssetEntry]) -> None:
        """Keep files of a draft, new or replaced."""
        await self.executemany(
            "insert into courses.assets (organization_id, course_id, name, sha256, content_type, size, licence)"
            " values ($1, $2, $3, $4, $5, $6, $7) on conflict (organization_id, course_id, name) do update set"
            " sha256 = excluded.sha256, content_type = excluded.content_type, size = excluded.size,"
            " licence = excluded.licence",
            [
                (self.tenant, course, name, asset.sha256, asset.content_type, asset.size, asset.licence)
                for name, asset in assets.items()
            ],
        )

    async def remove_asset(self, course: CourseId, name: str) -> None:
        """Take a file out of a draft."""
        await self.execute(
            "delete from courses.assets where organization_id = $1 and course_id = $2 and name = $3",
            self.tenant, course, name,
        )  # fmt: skip

    async def has_bytes(self, course: CourseId, sha256: str) -> bool:
        """Tell whether a draft has a file with these bytes under whatever name."""
        found: bool = await self.fetchval(
            "select exists (select from courses.assets where organization_id = $1 and course_id = $2 and sha256 = $3)",
            self.tenant, course, sha256,
        )  # fmt: skip
        return found

    async def save_snapshot(self, snapshot: SnapshotId, manifest: Manifest, objects: dict[str, StoredNode]) -> None:
        """Keep a snapshot and those of its objects that are not there yet."""
        await self.executemany(
            "insert into courses.objects (organization_id, hash, body) values ($1, $2, $3) on conflict do nothing",
            [(self.tenant, address, stored) for address, stored in objects.items()],
        )
        await self.execute(
            "insert into courses.manifests (organization_id, snapshot, body) values ($1, $2, $3)"
            " on conflict do nothing",
            self.tenant, snapshot, manifest,
        )  # fmt: skip

    async def manifest(self, snapshot: SnapshotId) -> Manifest | None:
        """Return a snapshot's table of contents."""
        body = await self.fetchval(
            "select body from courses.manifests where organization_id = $1 and snapshot = $2", self.tenant, snapshot
        )
        return msgspec.convert(body, Manifest) if body is not None else None

    async def published_manifest(self, course: CourseId, snapshot: SnapshotId) -> Manifest | None:
        """Return a table of contents that a course was published with."""
        body = await self.fetchval(
            "select body from courses.manifests m where organization_id = $1 and snapshot = $2 and exists"
            " (select from courses.publications p where p.organization_id = $1 and p.course_id = $3"
            " and p.snapshot = m.snapshot)",
            self.tenant, snapshot, course,
        )  # fmt: skip
        return msgspec.convert(body, Manifest) if body is not None else None

    async def objects(self, hashes: list[str]) -> dict[str, StoredNode]:
        """Return immutable objects by their hashes."""
        rows = await self.fetch(
            "select hash, body from courses.objects where organization_id = $1 and hash = any($2)", self.tenant, hashes
        )
        return {row["hash"]: msgspec.convert(row["body"], StoredNode) for row in rows}

    async def publish_snapshot(
        self,
        course: CourseId,
        snapshot: SnapshotId,
        fields: CourseFields,
        *,
        note: str,
        by: UserId | None,
        at: datetime,
    ) -> None:
        """Make a snapshot what learners read, and remember it."""
        await self.execute(
            "insert into courses.publications (organization_id, course_id, number, snapshot, note, published_by,"
            " published_at) select $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6 from courses.publications"
            " where organization_id = $1 and course_id = $2",
            self.tenant, course, snapshot, note, by, at,
        )  # fmt: skip
        await self.execute(
            "update courses.courses set snapshot = $3, published_fields = $4, published_at = $5, state = $6"
            " where organization_id = $1 and course_id = $2",
            self.tenant, course, snapshot, fields, at, CourseState.PUBLISHED.value,
        )  # fmt: skip

    async def publications(self, course: CourseId, *, limit: int = 200) -> list[Publication]:
        """Return when what was published, the latest first."""
        rows = await self.fetch(
            "select number, snapshot, note, published_by, published_at from courses.publications"
            " where organization_id = $1 and course_id = $2 order by number desc limit $3",
            self.tenant, course, limit,
        )  # fmt: skip
        return [
            Publication(
                number=row["number"], snapshot=SnapshotId(row["snapshot"]), note=row["note"],
                published_by=row["published_by"], published_at=row["published_at"],
            )
            for row in rows
        ]  # fmt: skip

    async def published(
        self, *, ids: list[CourseId] | None = None, after: CourseId | None = None, limit: int = 200
    ) -> list[PublishedRow]:
        """Return courses as the published side needs them: those named, or the published ones after a place."""
        rows = await self.fetch(
            "select course_id, slug, state, shown.fields, snapshot, published_at, (select sha256 from courses.assets a"
            " where a.organization_id = c.organization_id and a.course_id = c.course_id"
            " and a.name = shown.fields ->> 'image') as image from courses.courses c"
            " cross join lateral (select coalesce(published_fields, fields)) as shown (fields)"
            " where organization_id = $1 and ($2::uuid[] is null or course_id = any($2))"
            " and ($2::uuid[] is not null or (state = 'published' and ($3::uuid is null or course_id > $3)))"
            " order by course_id limit $4",
            self.tenant, ids, after, limit,
        )  # fmt: skip
        return [
            PublishedRow(
                id=CourseId(row["course_id"]), slug=row["slug"], state=CourseState(row["state"]),
                fields=msgspec.convert(row["fields"], CourseFields),
                snapshot=SnapshotId(row["snapshot"]) if row["snapshot"] else None, published_at=row["published_at"],
                image_sha256=row["image"],
            )
            for row in rows
        ]  # fmt: skip


def _course(row: Record) -> DraftCourse:
    return DraftCourse(
        id=CourseId(row["course_id"]), key=row["key"], fields=msgspec.convert(row["fields"], CourseFields),
        pages=msgspec.convert(row["pages"], list[PageText]), extras=row["extras"], state=CourseState(row["state"]),
        version=row["version"], snapshot=row["snapshot"], published_at=row["published_at"],
        changed_at=row["changed_at"],
    )  # fmt: skip


def _line(course: DraftCourse) -> CourseLine:
    return CourseLine(
        id=course.id, slug=course.fields.slug, title=course.fields.title, state=course.state, snapshot=course.snapshot,
        published_at=course.published_at, changed_at=course.changed_at,
    )  # fmt: skip


def _node(row: Record) -> DraftNode:
    content: Any = row["content"]  # any: JSON of the content union, checked by convert
    return DraftNode(
        id=NodeId(row["node_id"]), key=row["key"], parent=row["parent"], position=row["position"],
        kind=NodeKind(row["kind"]), block_kind=BlockKind(row["block_kind"]) if row["block_kind"] else None,
        title=row["title"], settings=msgspec.convert(row["settings"], NodeSettings),
        content=msgspec.convert(content, Content) if content is not None else None, version=row["version"],
        source_hash=row["source_hash"], archived=row["archived_at"] is not None,
    )  # fmt: skip
