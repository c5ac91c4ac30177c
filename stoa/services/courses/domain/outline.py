"""The draft tree: what may stand where, how nodes move, in which order they are read."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stoa.services.courses.contract import BlockKind, Content, NodeId, NodeKind, NodeSettings, WrongPlace

PARENT_OF = {NodeKind.SECTION: None, NodeKind.SUBSECTION: NodeKind.SECTION, NodeKind.UNIT: NodeKind.SUBSECTION}
HOLDERS = frozenset({BlockKind.RANDOMIZED, BlockKind.GROUP})


@dataclass(frozen=True)
class DraftNode:
    """One node of a draft as the store keeps it."""

    id: NodeId
    key: str
    parent: NodeId | None
    position: int
    kind: NodeKind
    block_kind: BlockKind | None
    title: str
    settings: NodeSettings
    content: Content | None
    version: int = 1
    source_hash: str | None = None
    archived: bool = False


class Tree:
    """The living nodes of a draft, by id and in reading order."""

    def __init__(self, nodes: Iterable[DraftNode]) -> None:
        living = [node for node in nodes if not node.archived]
        self.by_id = {node.id: node for node in living}
        self._children: dict[NodeId | None, list[DraftNode]] = defaultdict(list)
        for node in sorted(living, key=lambda node: (node.position, str(node.id))):
            self._children[node.parent].append(node)

    def children(self, parent: NodeId | None) -> list[DraftNode]:
        """Return the children of a node in order; of None, the sections."""
        return list(self._children[parent])

    def reading_order(self, parent: NodeId | None = None) -> Iterator[DraftNode]:
        """Yield every node below one, parents first."""
        for node in self._children[parent]:
            yield node
            yield from self.reading_order(node.id)

    def unit_of(self, node: NodeId) -> NodeId | None:
        """Return the unit that a node belongs to: itself, one above it, or the first one below it."""
        above: DraftNode | None = self.by_id.get(node)
        while above is not None:
            if above.kind is NodeKind.UNIT:
                return above.id
            above = self.by_id.get(above.parent) if above.parent else None
        return next((below.id for below in self.reading_order(node) if below.kind is NodeKind.UNIT), None)

    def is_within(self, node: NodeId, ancestor: NodeId) -> bool:
        """Tell whether a node is another one or lies below it."""
        above: NodeId | None = node
        while above is not None:
            if above == ancestor:
                return True
            above = self.by_id[above].parent if above in self.by_id else None
        return False


def check_place(*, kind: NodeKind, parent: DraftNode | None) -> None:
    """Refuse a node where its kind cannot stand."""
    if kind is NodeKind.BLOCK:
        fits = parent is not None and (parent.kind is NodeKind.UNIT or parent.block_kind in HOLDERS)
    else:
        fits = (parent.kind if parent else None) is PARENT_OF[kind]
    if not fits:
        stands_in = PARENT_OF.get(kind) or (
            "course" if kind is NodeKind.SECTION else "unit, a randomized pool or a group"
        )
        raise WrongPlace(f"A {kind} stands in a {stands_in}")


def reordered(siblings: list[DraftNode], *, moving: NodeId, position: int) -> list[NodeId]:
    """Return the order of siblings once one of them (or a newcomer) stands at a position."""
    others = [node.id for node in siblings if node.id != moving]
    at = max(0, min(position, len(others)))
    return [*others[:at], moving, *others[at:]]
