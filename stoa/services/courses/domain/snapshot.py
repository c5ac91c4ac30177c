"""Snapshots: the published tree, addressed by its content, and the difference between two of them."""

import hashlib
from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum

import msgspec

from stoa.kit.contract import Struct, UserId
from stoa.services.courses.contract import (
    BlockKind,
    Content,
    NodeId,
    NodeKind,
    NodeSettings,
    ProblemContent,
    RandomizedContent,
    SnapshotId,
)
from stoa.services.courses.domain.bundle import CourseFields, PageText
from stoa.services.courses.domain.outline import HOLDERS, DraftNode, Tree


class AssetEntry(Struct, frozen=True, kw_only=True):
    """A file of the course as a snapshot pins it."""

    sha256: str
    content_type: str
    size: int
    licence: str = ""


class TreeNode(Struct, frozen=True, kw_only=True):
    """A node of a snapshot's table of contents; its content lies under `hash`."""

    id: NodeId
    hash: str
    kind: NodeKind
    block_kind: BlockKind | None
    title: str
    settings: NodeSettings
    problem: str | None = None
    count: int | None = None
    experiment: str | msgspec.UnsetType = msgspec.UNSET
    children: list["TreeNode"] = []


class Manifest(Struct, frozen=True, kw_only=True):
    """All of a snapshot but the contents of its blocks."""

    fields: CourseFields
    pages: list[PageText]
    assets: dict[str, AssetEntry]
    sections: list[TreeNode]


class StoredNode(Struct, frozen=True, kw_only=True):
    """One immutable, content-addressed object: a node without its children's contents."""

    id: NodeId
    key: str
    kind: NodeKind
    block_kind: BlockKind | None
    title: str
    settings: NodeSettings
    content: Content | None
    children: list[str]


class Frozen(Struct, frozen=True, kw_only=True):
    """A draft turned into a snapshot: its id, its manifest and the objects it stands on."""

    id: SnapshotId
    manifest: Manifest
    objects: dict[str, StoredNode]


class Change(StrEnum):
    """What happened to a node between two snapshots."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


class NodeChange(Struct, frozen=True, kw_only=True):
    """One line of a difference; `also_moved` when a changed node stands elsewhere too."""

    id: NodeId
    change: Change
    kind: NodeKind
    block_kind: BlockKind | None
    title: str
    path: list[str]
    also_moved: bool = False


def canonical(value: object) -> bytes:
    """Return the one JSON form of a value: sorted keys, no spaces."""
    return msgspec.json.encode(msgspec.to_builtins(value, str_keys=True), order="sorted")


def digest(value: object) -> str:
    """Return the address of a value by its content."""
    return hashlib.sha256(canonical(value)).hexdigest()


def freeze(tree: Tree, *, fields: CourseFields, pages: list[PageText], assets: dict[str, AssetEntry]) -> Frozen:
    """Return the snapshot of a draft; equal drafts give equal ids."""
    objects: dict[str, StoredNode] = {}
    sections = [_freeze_node(tree, node, objects) for node in tree.children(None)]
    manifest = Manifest(fields=fields, pages=pages, assets=assets, sections=sections)
    return Frozen(id=SnapshotId(digest(manifest)), manifest=manifest, objects=objects)


def thaw(manifest: Manifest, objects: dict[str, StoredNode]) -> list[DraftNode]:
    """Return the nodes of a snapshot as draft nodes, in reading order."""
    found: list[DraftNode] = []

    def visit(nodes: list[TreeNode], parent: NodeId | None) -> None:
        for position, node in enumerate(nodes):
            stored = objects[node.hash]
            found.append(
                DraftNode(
                    id=stored.id, key=stored.key, parent=parent, position=position, kind=stored.kind,
                    block_kind=stored.block_kind, title=stored.title, settings=stored.settings, content=stored.content,
                )
            )  # fmt: skip
            visit(node.children, node.id)

    visit(manifest.sections, None)
    return found


def walk_tree(nodes: list[TreeNode], path: tuple[NodeId, ...] = ()) -> Iterator[tuple[TreeNode, tuple[NodeId, ...]]]:
    """Yield every node of a table of contents with the ids above it."""
    for node in nodes:
        yield node, path
        yield from walk_tree(node.children, (*path, node.id))


def difference(old: Manifest | None, new: Manifest) -> list[NodeChange]:
    """Return what changed from one snapshot to another, in reading order, removals last."""
    before = {node.id: (node, path) for node, path in walk_tree(old.sections if old else [])}
    after = {node.id: (node, path) for node, path in walk_tree(new.sections)}
    titles = {node_id: node.title for node_id, (node, _) in (before | after).items()}
    moved = _moved(old.sections if old else [], new.sections)
    changes = []
    for node_id, (node, path) in after.items():
        above = [titles[parent] for parent in path]
        if node_id not in before:
            changes.append(_change(node, Change.ADDED, above))
        elif _own(before[node_id][0]) != _own(node):
            changes.append(_change(node, Change.CHANGED, above, moved=node_id in moved))
        elif node_id in moved:
            changes.append(_change(node, Change.MOVED, above))
    for node_id, (node, path) in before.items():
        if node_id not in after:
            changes.append(_change(node, Change.REMOVED, [titles[parent] for parent in path]))
    return changes


def drawn(
    pool: list[NodeId],
    *,
    block: NodeId,
    learner: UserId,
    count: int,
    experiment: str | msgspec.UnsetType = msgspec.UNSET,
) -> list[NodeId]:
    """Return what falls to a learner from a pool: the same for ever, whatever the process or release."""
    if isinstance(experiment, str) and pool:
        group = int.from_bytes(hashlib.sha256(f"{experiment}:{learner}".encode()).digest()[:8]) % len(pool)
        return [*pool[group:], *pool[:group]][: count if count >= 0 else None]

    def rank(node: NodeId) -> bytes:
        return hashlib.sha256(f"{block}:{learner}:{node}".encode()).digest()

    ranked = sorted(pool, key=rank)
    return ranked if count < 0 else ranked[:count]


def _freeze_node(tree: Tree, node: DraftNode, objects: dict[str, StoredNode]) -> TreeNode:
    children = [_freeze_node(tree, child, objects) for child in tree.children(node.id)]
    stored = StoredNode(
        id=node.id, key=node.key, kind=node.kind, block_kind=node.block_kind, title=node.title, settings=node.settings,
        content=node.content, children=[child.hash for child in children],
    )  # fmt: skip
    address = digest(stored)
    objects[address] = stored
    content = node.content
    return TreeNode(
        id=node.id, hash=address, kind=node.kind, block_kind=node.block_kind, title=node.title, settings=node.settings,
        problem=str(content.problem) if isinstance(content, ProblemContent) and content.problem else None,
        count=content.count if isinstance(content, RandomizedContent) else None,
        experiment=content.experiment if isinstance(content, RandomizedContent) else msgspec.UNSET, children=children,
    )  # fmt: skip


def _moved(old: list[TreeNode], new: list[TreeNode]) -> set[NodeId]:
    """Return the nodes with another parent, or out of the order that their old siblings kept."""
    was, now = _siblings(old), _siblings(new)
    parent_was = {child: parent for parent, children in was.items() for child in children}
    moved: set[NodeId] = set()
    for parent, children in now.items():
        moved |= {child for child in children if child in parent_was and parent_was[child] != parent}
        stayed = [child for child in children if parent_was.get(child, child) == parent]
        order = [child for child in was.get(parent, []) if child in set(stayed)]
        kept = SequenceMatcher(None, order, stayed, autojunk=False).get_matching_blocks()
        in_order = {stayed[at] for block in kept for at in range(block.b, block.b + block.size)}
        moved |= set(stayed) - in_order
    return moved


def _siblings(sections: list[TreeNode]) -> dict[NodeId | None, list[NodeId]]:
    found: dict[NodeId | None, list[NodeId]] = {}
    for node, path in walk_tree(sections):
        found.setdefault(path[-1] if path else None, []).append(node.id)
    return found


def _own(node: TreeNode) -> object:
    """Return what makes a node itself: a leaf's whole content, a holder's without its children."""
    if node.kind is NodeKind.BLOCK and node.block_kind not in HOLDERS:
        return node.hash
    return (node.title, node.kind, node.block_kind, canonical(node.settings), node.count)


def _change(node: TreeNode, change: Change, path: list[str], *, moved: bool = False) -> NodeChange:
    return NodeChange(
        id=node.id, change=change, kind=node.kind, block_kind=node.block_kind, title=node.title, path=path,
        also_moved=moved and change is Change.CHANGED,
    )  # fmt: skip
