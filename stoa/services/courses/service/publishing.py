"""Publishing: the check, the difference, the snapshot, the way back."""

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.store import Store
from stoa.services.courses.contract import (
    CourseId,
    CourseNotFound,
    CoursePublished,
    NodeNotFound,
    NotReadyToPublish,
    SnapshotId,
)
from stoa.services.courses.domain.check import Finding, Severity, check
from stoa.services.courses.domain.drafts import DraftCourse, Publication
from stoa.services.courses.domain.files import batches
from stoa.services.courses.domain.html import plain_text
from stoa.services.courses.domain.outline import Tree
from stoa.services.courses.domain.snapshot import Frozen, Manifest, NodeChange, difference, freeze
from stoa.services.courses.service.authoring import open_draft
from stoa.services.courses.store.courses import CoursesTx
from stoa.services.media.contract import MediaPort

DESCRIPTION_CHARS = 4_000


class PublishDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What publishing now would change, and what speaks against it."""

    published: SnapshotId | None
    draft: SnapshotId
    fields_changed: bool
    pages_changed: bool
    changes: list[NodeChange]
    findings: list[Finding]


class Publishing:
    """From drafts to what learners read."""

    def __init__(self, *, store: Store[CoursesTx], media: MediaPort, clock: Clock) -> None:
        self._store, self._media, self._clock = store, media, clock

    async def check(self, *, organization: OrganizationId, course: CourseId) -> list[Finding]:
        """Return what speaks against publishing a draft."""
        async with self._store.reading(organization=organization) as tx:
            draft = await tx.course(course)
            nodes = await tx.nodes(course)
            assets = await tx.assets(course)
        if draft is None:
            raise CourseNotFound
        return check(Tree(nodes), assets=frozenset(assets), pages=draft.pages)

    async def difference(self, *, organization: OrganizationId, course: CourseId) -> PublishDiff:
        """Return how the draft differs from what learners read."""
        async with self._store.reading(organization=organization) as tx:
            draft = await tx.course(course)
            if draft is None:
                raise CourseNotFound
            frozen = await frozen_draft(tx, draft)
            old = await tx.manifest(draft.snapshot) if draft.snapshot else None
            nodes = await tx.nodes(course)
        findings = check(Tree(nodes), assets=frozenset(frozen.manifest.assets), pages=draft.pages)
        return PublishDiff(
            published=draft.snapshot,
            draft=frozen.id,
            fields_changed=old is None or old.fields != frozen.manifest.fields,
            pages_changed=old is None or old.pages != frozen.manifest.pages,
            changes=difference(old, frozen.manifest),
            findings=findings,
        )

    async def publish(
        self, *, organization: OrganizationId, course: CourseId, note: str, author: UserId | None
    ) -> Publication:
        """Make the draft what learners read, as a whole or not at all; an unchanged draft publishes nothing."""
        published = None
        while published is None:
            held = await self._hold_files(organization, course)
            published = await self._publish(organization, course, held, note=note, author=author)
        return published

    async def roll_back(
        self, *, organization: OrganizationId, course: CourseId, snapshot: SnapshotId, note: str, author: UserId | None
    ) -> Publication:
        """Let learners read an older snapshot again; the draft stays as it is."""
        async with self._store.transaction(organization=organization) as tx:
            draft = await open_draft(tx, course)
            known = {publication.snapshot for publication in await tx.publications(course)}
            manifest = await tx.manifest(snapshot) if snapshot in known else None
            if manifest is None:
                raise NodeNotFound("This course has never been published in that state")
            if draft.snapshot != snapshot:
                await self._make_public(tx, draft, snapshot, manifest, note=note, author=author)
            return (await tx.publications(course, limit=1))[0]

    async def publications(self, *, organization: OrganizationId, course: CourseId) -> list[Publication]:
        """Return when what was published, the latest first."""
        async with self._store.reading(organization=organization) as tx:
            if await tx.course(course) is None:
                raise CourseNotFound
            return await tx.publications(course)

    async def _publish(
        self, organization: OrganizationId, course: CourseId, held: set[str], *, note: str, author: UserId | None
    ) -> Publication | None:
        """Publish the draft, or return None where it got files meanwhile that are not held yet."""
        async with self._store.transaction(organization=organization) as tx:
            draft = await open_draft(tx, course)
            nodes = await tx.nodes(course)
            frozen = await frozen_draft(tx, draft)
            if not {entry.sha256 for entry in frozen.manifest.assets.values()} <= held:
                return None
            findings = check(Tree(nodes), assets=frozenset(frozen.manifest.assets), pages=draft.pages)
            errors = [finding for finding in findings if finding.severity is Severity.ERROR]
            if errors:
                raise NotReadyToPublish(fields={"findings": msgspec.to_builtins(errors)})
            if draft.snapshot != frozen.id:
                await tx.save_snapshot(frozen.id, frozen.manifest, frozen.objects)
                await self._make_public(tx, draft, frozen.id, frozen.manifest, note=note, author=author)
            return (await tx.publications(course, limit=1))[0]

    async def _hold_files(self, organization: OrganizationId, course: CourseId) -> set[str]:
        """Keep what is about to be published from being deleted; snapshots stay, and so do their files."""
        async with self._store.reading(organization=organization) as tx:
            draft = await tx.course(course)
            assets = await tx.assets(course)
        if draft is None:
            raise CourseNotFound
        hashes = {entry.sha256 for entry in assets.values()}
        for batch in batches(sorted(hashes)):
            await self._media.hold(
                organization=organization, holder=course, title=draft.fields.title, place="published", files=batch
            )
        return hashes

    async def _make_public(
        self,
        tx: CoursesTx,
        draft: DraftCourse,
        snapshot: SnapshotId,
        manifest: Manifest,
        *,
        note: str,
        author: UserId | None,
    ) -> None:
        now = self._clock.now()
        fields = manifest.fields
        await tx.publish_snapshot(draft.id, snapshot, fields, note=note, by=author, at=now)
        overview = next((plain_text(page.html) for page in manifest.pages if page.key == "overview"), "")
        tx.publish(
            CoursePublished(
                organization_id=tx.tenant,
                course_id=draft.id,
                slug=draft.fields.slug,
                snapshot=snapshot,
                title=fields.title,
                description=" ".join(f"{fields.summary} {overview}".split())[:DESCRIPTION_CHARS],
                language=fields.language,
                visibility=fields.visibility,
                categories=list(fields.categories),
                published_at=now,
            )
        )


async def frozen_draft(tx: CoursesTx, draft: DraftCourse) -> Frozen:
    """Return the snapshot that a draft would be published as."""
    tree = Tree(await tx.nodes(draft.id))
    return freeze(tree, fields=draft.fields, pages=draft.pages, assets=await tx.assets(draft.id))
