"""The published tree as its readers get it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET

from stoa.kit.contract import OrganizationId, UserId
from stoa.services.assessment.contract.problem import ProblemVersionId
from stoa.services.courses.contract import (
    BlockKind,
    BlockView,
    CourseId,
    CourseState,
    CourseSummary,
    EmbedContent,
    NodeId,
    OutlineNode,
    RandomizedContent,
    SnapshotId,
    UnitContent,
    UnsupportedContent,
)
from stoa.services.courses.domain.bundle import CourseFields
from stoa.services.courses.domain.delivery import Resolver, resolve_content
from stoa.services.courses.domain.olx.words import readable
from stoa.services.courses.domain.snapshot import StoredNode, TreeNode, drawn

Framed = Callable[[NodeId], str]


def outline_nodes(nodes: list[TreeNode], *, learner: UserId | None) -> list[OutlineNode]:
    """Return a tree without contents; for a learner every pool holds only what falls to them."""
    found = []
    for node in nodes:
        children = outline_nodes(node.children, learner=learner)
        if learner is not None and node.block_kind is BlockKind.RANDOMIZED:
            chosen = drawn(
                [child.id for child in children], block=node.id, learner=learner, count=node.count or 0,
                experiment=node.experiment,
            )  # fmt: skip
            by_id = {child.id: child for child in children}
            children = [by_id[child] for child in chosen]
        found.append(
            OutlineNode(
                id=node.id,
                kind=node.kind,
                block_kind=node.block_kind,
                title=node.title,
                settings=node.settings,
                problem=ProblemVersionId(UUID(node.problem)) if node.problem else None,
                count=node.count,
                children=children,
            )
        )
    return found


def unit_content(
    unit: TreeNode,
    objects: dict[str, StoredNode],
    *,
    course: CourseId,
    snapshot: SnapshotId,
    resolve: Resolver,
    framed: Framed,
) -> UnitContent:
    """Return a unit with every pool whole and every URL resolved; pages with scripts stay behind their addresses."""
    return UnitContent(
        course=course,
        snapshot=snapshot,
        unit=unit.id,
        title=unit.title,
        settings=unit.settings,
        blocks=[_view(block, objects, resolve, framed) for block in unit.children],
    )


def for_learner(blocks: list[BlockView], learner: UserId) -> list[BlockView]:
    """Return blocks with every pool drawn for one learner."""
    found = []
    for block in blocks:
        children = for_learner(block.children, learner)
        if isinstance(block.content, RandomizedContent):
            by_id = {child.id: child for child in children}
            chosen = drawn(
                list(by_id), block=block.id, learner=learner, count=block.content.count,
                experiment=block.content.experiment,
            )  # fmt: skip
            children = [by_id[child] for child in chosen]
        found.append(
            block
            if children == block.children
            else BlockView(
                id=block.id, title=block.title, settings=block.settings, content=block.content, children=children
            )
        )
    return found


def hashes_below(node: TreeNode) -> list[str]:
    """Return the addresses of everything in a node."""
    return [address for child in node.children for address in (child.hash, *hashes_below(child))]


def summary_of(
    organization: OrganizationId,
    course: CourseId,
    *,
    slug: str,
    fields: CourseFields,
    state: CourseState,
    snapshot: SnapshotId | None,
    published_at: datetime | None,
    image_url: str,
) -> CourseSummary:
    """Return what a list of courses shows."""
    return CourseSummary(
        id=course,
        organization_id=organization,
        slug=slug,
        title=fields.title,
        summary=fields.summary,
        language=fields.language,
        licence=fields.licence,
        categories=list(fields.categories),
        visibility=fields.visibility,
        state=state,
        snapshot=snapshot,
        image_url=image_url,
        image_alt=fields.image_alt,
        starts_at=fields.starts_at,
        ends_at=fields.ends_at,
        published_at=published_at,
    )


def find_unit(nodes: list[TreeNode], unit: NodeId) -> TreeNode | None:
    """Return a unit of a tree."""
    for section in nodes:
        for subsection in section.children:
            for candidate in subsection.children:
                if candidate.id == unit:
                    return candidate
    return None


def find_node(nodes: list[TreeNode], wanted: NodeId) -> TreeNode | None:
    """Return a node of a tree, at whatever level."""
    for node in nodes:
        found = node if node.id == wanted else find_node(node.children, wanted)
        if found is not None:
            return found
    return None


def _view(node: TreeNode, objects: dict[str, StoredNode], resolve: Resolver, framed: Framed) -> BlockView:
    stored = objects[node.hash]
    content = stored.content
    if isinstance(content, UnsupportedContent):
        # The kept source may hold keys and secrets of the old platform: authors see it, readers do not.
        words = readable(content.source) or UNSET
        content = UnsupportedContent(source_kind=content.source_kind, reason=content.reason, words=words)
    if isinstance(content, EmbedContent) and content.mode == "sandbox":
        content = msgspec.structs.replace(content, html="", url=framed(node.id))
    elif isinstance(content, EmbedContent):
        content = msgspec.structs.replace(content, frame=framed(node.id))
    assert content is not None
    return BlockView(
        id=node.id,
        title=node.title,
        settings=node.settings,
        content=resolve_content(content, resolve),
        children=[_view(child, objects, resolve, framed) for child in node.children],
    )
