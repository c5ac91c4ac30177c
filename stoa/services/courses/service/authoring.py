"""Authoring: drafts, their nodes, and what happens when two people edit at once."""

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote
from uuid import UUID, uuid4

import msgspec

from stoa.kit.auth.authorizer import Authorizer
from stoa.kit.auth.caller import OPERATOR, Caller
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Page, UserId, new_id
from stoa.kit.errors import Invalid, PreconditionFailed
from stoa.kit.http.cursor import Cursor, PageQuery
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.courses.contract import (
    BlockKind,
    Content,
    CourseArchived,
    CourseId,
    CourseIsArchived,
    CourseNotFound,
    CourseState,
    DiscussionContent,
    EmbedContent,
    FileContent,
    GroupContent,
    HtmlContent,
    NodeId,
    NodeKind,
    NodeNotFound,
    ProblemContent,
    RandomizedContent,
    SlugTaken,
    UnsupportedContent,
    VideoContent,
    WrongPlace,
)
from stoa.services.courses.domain.bundle import CourseFields, PageText
from stoa.services.courses.domain.delivery import content_pointers, media_url, problem_pointers
from stoa.services.courses.domain.drafts import (
    CourseEdit,
    CourseLine,
    DraftCourse,
    DraftOutline,
    DraftOutlineNode,
    NewCourse,
    NewNode,
    NodeEdit,
    NodeMove,
    NodeView,
)
from stoa.services.courses.domain.html import sanitise
from stoa.services.courses.domain.maths import typeset
from stoa.services.courses.domain.outline import DraftNode, Tree, check_place, reordered
from stoa.services.courses.domain.snapshot import AssetEntry
from stoa.services.courses.policy import AUTHORS, EDIT
from stoa.services.courses.store.courses import CoursesTx

COURSES = Cursor("courses.courses", tuple[datetime, UUID])
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
BLANK: dict[BlockKind, Content] = {
    BlockKind.HTML: HtmlContent(html=""),
    BlockKind.EMBED: EmbedContent(mode="sandbox"),
    BlockKind.VIDEO: VideoContent(),
    BlockKind.PROBLEM: ProblemContent(),
    BlockKind.FILE: FileContent(url=""),
    BlockKind.DISCUSSION: DiscussionContent(topic=""),
    BlockKind.RANDOMIZED: RandomizedContent(),
    BlockKind.GROUP: GroupContent(),
}


class Authoring:
    """The drafts of courses."""

    def __init__(self, *, store: Store[CoursesTx], assessment: AssessmentPort, clock: Clock) -> None:
        self._store, self._assessment, self._clock = store, assessment, clock

    async def create_course(self, *, organization: OrganizationId, body: NewCourse) -> DraftCourse:
        """Start an empty draft."""
        now = self._clock.now()
        slug = slug_of(body.slug or body.title)
        fields = CourseFields(title=body.title.strip(), slug=slug, summary=body.summary, language=body.language)
        course = DraftCourse(
            id=CourseId(new_id()), key=str(uuid4()), fields=fields, pages=[], extras={}, state=CourseState.DRAFT,
            version=1, snapshot=None, published_at=None, changed_at=now,
        )  # fmt: skip
        async with self._store.transaction(organization=organization) as tx:
            if await tx.course_named(slug) is not None:
                raise SlugTaken(f"The address {slug} is taken")
            await tx.insert_course(course, at=now)
        return course

    async def courses_for(
        self, caller: Caller, *, page: PageQuery, roles: tuple[str, ...] = AUTHORS, slug: str = ""
    ) -> Page[CourseLine]:
        """Return the courses in which a caller holds one of the roles, the last changed first, or that of a slug."""
        key = COURSES.read(page.cursor)
        before = (key[0], CourseId(key[1])) if key else None
        async with self._store.reading(organization=caller.require_organization()) as tx:
            only = courses_held(caller, roles, at=self._clock.now())
            found = await tx.list_courses(before=before, only=only, limit=page.fetch, slug=slug)
        return COURSES.page(found, page, lambda line: (line.changed_at, line.id))

    async def course(self, *, organization: OrganizationId, course: CourseId) -> DraftCourse:
        """Return the draft of a course."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.course(course)
        if found is None:
            raise CourseNotFound
        return found

    async def update_course(
        self, *, organization: OrganizationId, course: CourseId, edit: CourseEdit, version: int
    ) -> DraftCourse:
        """Change the fields or pages of a draft, if it is still at the version the author saw."""
        async with self._store.transaction(organization=organization) as tx:
            known = await open_draft(tx, course)
            if known.version != version:
                raise PreconditionFailed(fields={"current": msgspec.to_builtins(known)})
            fields = edit.fields or known.fields
            slug = slug_of(fields.slug or known.fields.slug)
            owner = await tx.slug_owner(slug)
            if owner not in (None, course):
                raise SlugTaken(f"The address {slug} is taken")
            pages = known.pages if edit.pages is None else [clean_page(page) for page in edit.pages]
            changed = msgspec.structs.replace(
                known, fields=msgspec.structs.replace(fields, slug=slug), pages=pages, version=version + 1,
                changed_at=self._clock.now(),
            )  # fmt: skip
            await tx.save_course(changed, old_slug=known.fields.slug)
        return changed

    async def outline(self, *, organization: OrganizationId, course: CourseId) -> DraftOutline:
        """Return the tree of a draft."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.course(course)
            nodes = await tx.nodes(course)
        if found is None:
            raise CourseNotFound
        tree = Tree(nodes)
        return DraftOutline(
            course=course, title=found.fields.title, version=found.version, sections=_outline(tree, None)
        )

    async def add_node(
        self, *, organization: OrganizationId, course: CourseId, body: NewNode, author: UserId | None
    ) -> NodeView:
        """Add a node to a draft, at a position or at the end."""
        content = await self._content(organization, body.content or _blank(body.block_kind))
        if (body.kind is NodeKind.BLOCK) != (body.block_kind is not None):
            raise WrongPlace("A block has a block kind, nothing else has")
        _check_kind(body.block_kind, content)
        now = self._clock.now()
        async with self._store.transaction(organization=organization) as tx:
            await open_draft(tx, course)
            await _check_problem(tx, course, content)
            parent = await _parent(tx, course, body.parent)
            check_place(kind=body.kind, parent=parent)
            siblings = await tx.siblings(course, body.parent)
            position = len(siblings) if body.position is None else body.position
            node_id = NodeId(new_id())
            node = DraftNode(
                id=node_id, key=str(node_id), parent=body.parent, position=position, kind=body.kind,
                block_kind=body.block_kind, title=body.title.strip(), settings=body.settings, content=content,
            )  # fmt: skip
            await tx.save_nodes(course, [node], at=now, by=author)
            await tx.place_nodes(course, reordered(siblings, moving=node_id, position=position))
            await tx.touch(course, at=now)
        return await self.node(organization=organization, course=course, node=node_id)

    async def node(
        self, *, organization: OrganizationId, course: CourseId, node: NodeId, reader: Caller | None = None
    ) -> NodeView:
        """Return one node with all of its content; what another platform kept in it holds keys, for editors alone."""
        async with self._store.reading(organization=organization) as tx:
            found = await tx.node(course, node)
            changed = await tx.changed(course, node)
            assets = await tx.assets(course)
        if found is None or changed is None:
            raise NodeNotFound
        may_see_keys = reader is None or Authorizer(self._clock).decide(reader, EDIT, course).allowed
        if isinstance(found.content, UnsupportedContent) and not may_see_keys:
            found = replace(found, content=msgspec.structs.replace(found.content, source=""))
        return _view(organization, found, assets, changed)

    async def update_node(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        node: NodeId,
        edit: NodeEdit,
        version: int,
        author: UserId | None,
        is_written: bool = False,
    ) -> NodeView:
        """Change one node; whoever edits a version that is gone gets the current one to merge with.

        `is_written` says that the author has just written the problem that the content names.
        """
        content = await self._content(organization, edit.content)
        now = self._clock.now()
        async with self._store.transaction(organization=organization) as tx:
            await open_draft(tx, course)
            found = await tx.node(course, node, lock=True)
            if found is None:
                raise NodeNotFound
            if found.version != version:
                changed_at = await tx.changed(course, node)
                current = _view(organization, found, {}, changed_at)
                raise PreconditionFailed(fields={"current": msgspec.to_builtins(current)})
            _check_kind(found.block_kind, content)
            if not is_written:
                await _check_problem(tx, course, content)
            changed = DraftNode(
                id=found.id, key=found.key, parent=found.parent, position=found.position, kind=found.kind,
                block_kind=found.block_kind, title=found.title if edit.title is None else edit.title.strip(),
                settings=edit.settings or found.settings, content=content or found.content, version=version + 1,
                source_hash=found.source_hash,
            )  # fmt: skip
            await tx.save_nodes(course, [changed], at=now, by=author)
            await tx.touch(course, at=now)
        return await self.node(organization=organization, course=course, node=node)

    async def move_node(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        node: NodeId,
        move: NodeMove,
        author: UserId | None,
    ) -> NodeView:
        """Move a node with all below it; its id stays, so progress and marks follow it."""
        now = self._clock.now()
        async with self._store.transaction(organization=organization) as tx:
            await open_draft(tx, course)
            found = await tx.node(course, node, lock=True)
            if found is None:
                raise NodeNotFound
            if found.version != move.version:
                current = _view(organization, found, {}, await tx.changed(course, node))
                raise PreconditionFailed(fields={"current": msgspec.to_builtins(current)})
            parent = await _parent(tx, course, move.parent)
            check_place(kind=found.kind, parent=parent)
            if parent is not None and Tree(await tx.nodes(course)).is_within(parent.id, node):
                raise WrongPlace("A part cannot be moved into itself")
            siblings = await tx.siblings(course, move.parent)
            moved = replace(found, parent=move.parent, version=found.version + 1)
            await tx.save_nodes(course, [moved], at=now, by=author)
            await tx.place_nodes(course, reordered(siblings, moving=node, position=move.position))
            await tx.touch(course, at=now)
        return await self.node(organization=organization, course=course, node=node)

    async def remove_node(
        self, *, organization: OrganizationId, course: CourseId, node: NodeId, version: int, author: UserId | None
    ) -> None:
        """Take a node and all below it out of the draft; what learners did there is kept."""
        now = self._clock.now()
        async with self._store.transaction(organization=organization) as tx:
            await open_draft(tx, course)
            found = await tx.node(course, node, lock=True)
            if found is None:
                raise NodeNotFound
            if found.version != version:
                current = _view(organization, found, {}, await tx.changed(course, node))
                raise PreconditionFailed(fields={"current": msgspec.to_builtins(current)})
            tree = Tree(await tx.nodes(course))
            gone = [node, *(below.id for below in tree.reading_order(node))]
            await tx.archive_nodes(course, gone, at=now, by=author)
            await tx.touch(course, at=now)

    async def archive_course(self, *, organization: OrganizationId, course: CourseId) -> DraftCourse:
        """Take a course out of the catalogue; it can still be read by whoever has a seat."""
        async with self._store.transaction(organization=organization) as tx:
            known = await tx.course(course, lock=True)
            if known is None:
                raise CourseNotFound
            if known.state is CourseState.ARCHIVED:
                return known
            changed = msgspec.structs.replace(
                known, state=CourseState.ARCHIVED, version=known.version + 1, changed_at=self._clock.now()
            )
            await tx.save_course(changed, old_slug=known.fields.slug)
            tx.publish(CourseArchived(organization_id=organization, course_id=course))
        return changed

    async def _content(self, organization: OrganizationId, content: Content | None) -> Content | None:
        """Return content fit for storing: HTML sanitised, formulas typeset, a problem known and its files noted."""
        if isinstance(content, HtmlContent):
            return HtmlContent(html=sanitise(typeset(sanitise(content.html)).html))
        if isinstance(content, EmbedContent) and content.mode == "url" and not content.url.startswith("https://"):
            raise Invalid("An embedded page needs an https:// address")
        if isinstance(content, EmbedContent):
            return msgspec.structs.replace(content, frame=msgspec.UNSET)
        if isinstance(content, ProblemContent) and content.problem is not None:
            found = await self._assessment.problems_of(organization=organization, ids=[content.problem])
            named = problem_pointers(msgspec.json.encode(found[0]).decode())
            return ProblemContent(problem=content.problem, urls=dict.fromkeys(named, ""))
        return content


async def open_draft(tx: CoursesTx, course: CourseId) -> DraftCourse:
    """Return and lock a draft that may be changed."""
    known = await tx.course(course, lock=True)
    if known is None:
        raise CourseNotFound
    if known.state is CourseState.ARCHIVED:
        raise CourseIsArchived
    return known


def courses_held(caller: Caller, roles: tuple[str, ...], *, at: datetime) -> list[CourseId] | None:
    """Return the courses that a caller's grants name, None for every course of the organization."""
    active = [grant for grant in caller.grants if grant.is_active(at) and not grant.prohibit]
    if any(grant.scope != "course" and grant.role in (*roles, OPERATOR) for grant in active):
        return None
    return [
        CourseId(grant.scope_id)
        for grant in active
        if grant.scope == "course" and grant.role in roles and grant.scope_id is not None
    ]


def slug_of(text: str) -> str:
    """Return an address made of a title."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    slug = "-".join(words)[:80].strip("-")
    return slug if SLUG.fullmatch(slug) else f"course-{str(uuid4())[:8]}"


def clean_page(page: PageText) -> PageText:
    """Return a page fit for storing."""
    return PageText(key=page.key, title=page.title, html=sanitise(typeset(sanitise(page.html)).html))


def _blank(kind: BlockKind | None) -> Content | None:
    if kind is BlockKind.UNSUPPORTED:
        raise WrongPlace("An unsupported block only comes in with a package")
    return BLANK[kind] if kind is not None else None


def _check_kind(kind: BlockKind | None, content: Content | None) -> None:
    spelt = msgspec.to_builtins(content)["kind"] if content is not None else None
    if spelt is not None and spelt != (kind.value if kind else None):
        raise WrongPlace(f"The content of a {spelt} block does not fit a {kind or 'part that has none'}")


async def _check_problem(tx: CoursesTx, course: CourseId, content: Content | None) -> None:
    """Refuse a problem that no block of the course has: whoever may edit here must not read the keys of others."""
    if not isinstance(content, ProblemContent) or content.problem is None:
        return
    here = {node.content.problem for node in await tx.nodes(course) if isinstance(node.content, ProblemContent)}
    if content.problem not in here:
        raise Invalid("This problem belongs to no block of the course", hint="Write it in its block.")


async def _parent(tx: CoursesTx, course: CourseId, parent: NodeId | None) -> DraftNode | None:
    if parent is None:
        return None
    found = await tx.node(course, parent)
    if found is None:
        raise NodeNotFound("The place to put it is not in the course")
    return found


def _outline(tree: Tree, parent: NodeId | None) -> list[DraftOutlineNode]:
    return [
        DraftOutlineNode(
            id=node.id, kind=node.kind, block_kind=node.block_kind, title=node.title, settings=node.settings,
            version=node.version, children=_outline(tree, node.id),
        )
        for node in tree.children(parent)
    ]  # fmt: skip


def _view(
    organization: OrganizationId,
    node: DraftNode,
    assets: dict[str, AssetEntry],
    changed: tuple[datetime, UserId | None] | None,
) -> NodeView:
    urls = {}
    for url in content_pointers(node.content):
        name = unquote(url.removeprefix("asset:"))
        if url.startswith("asset:") and name in assets:
            urls[url] = media_url(organization, sha256=assets[name].sha256, name=name)
    return NodeView(
        id=node.id, key=node.key, parent=node.parent, position=node.position, kind=node.kind,
        block_kind=node.block_kind, title=node.title, settings=node.settings, content=node.content,
        version=node.version, changed_at=changed[0] if changed else None, changed_by=changed[1] if changed else None,
        urls=urls,
    )  # fmt: skip
