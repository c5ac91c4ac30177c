"""When a block is done, what a learner can see, and how far that is."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

import msgspec

from stoa.kit.contract import Struct
from stoa.services.assessment.contract.problem import ShowCorrectness
from stoa.services.courses.contract import BlockKind, Completion, NodeId, NodeKind, OutlineNode

WATCHED_ENOUGH = Decimal("0.9")
FULL_MARKS = Decimal(1)
_BY_KIND: Mapping[BlockKind, Completion] = {
    BlockKind.HTML: Completion.VIEW,
    BlockKind.EMBED: Completion.VIEW,
    BlockKind.FILE: Completion.VIEW,
    BlockKind.DISCUSSION: Completion.NONE,
    BlockKind.VIDEO: Completion.WATCH,
    BlockKind.PROBLEM: Completion.SUBMIT,
    BlockKind.UNSUPPORTED: Completion.NONE,
}


class Place(Struct, frozen=True, kw_only=True):
    """A block and the parts that hold it, outermost first."""

    block: OutlineNode
    path: tuple[OutlineNode, ...]

    @property
    def unit(self) -> OutlineNode | None:
        """Return the unit that holds the block."""
        return next((node for node in self.path if node.kind is NodeKind.UNIT), None)


class Share(Struct, frozen=True, kw_only=True):
    """How much of a part is done: blocks, and the weight that the percentage counts."""

    completed: int
    required: int
    done_weight: Decimal
    whole_weight: Decimal

    @property
    def percent(self) -> int:
        """Return the percentage done, rounded down, so that 100 means all."""
        if self.whole_weight == 0:
            return 100 * self.completed // self.required if self.required else 100
        return int(self.done_weight * 100 / self.whole_weight)

    @property
    def is_whole(self) -> bool:
        """Say whether something was required and all of it is done."""
        return self.required > 0 and self.completed == self.required


def rule_of(block: OutlineNode) -> Completion:
    """Return the rule by which a block is done."""
    if block.settings.completion is not Completion.AUTO:
        return block.settings.completion
    return _BY_KIND.get(block.block_kind or BlockKind.UNSUPPORTED, Completion.NONE)


def threshold_of(block: OutlineNode) -> Decimal:
    """Return the share of a film or of the points that makes a block done."""
    if block.settings.threshold is not None:
        return block.settings.threshold
    return WATCHED_ENOUGH if rule_of(block) is Completion.WATCH else FULL_MARKS


def is_shown(show: ShowCorrectness, *, due_at: datetime | None, now: datetime) -> bool:
    """Say whether a learner may know by now how right an answer was."""
    if show is ShowCorrectness.PAST_DUE:
        return due_at is not None and now >= due_at
    return show is ShowCorrectness.ALWAYS


def is_done_by_score(
    block: OutlineNode, *, points: Decimal, possible: Decimal, show: ShowCorrectness, now: datetime
) -> bool:
    """Say whether an answered problem is done, and never before that tells the learner what is withheld.

    Where correctness is never shown, sending an answer is all that can be asked for.
    """
    rule = rule_of(block)
    if rule is not Completion.SCORE:
        return rule is Completion.SUBMIT
    if show is ShowCorrectness.NEVER:
        return True
    return is_shown(show, due_at=block.settings.due_at, now=now) and points >= threshold_of(block) * possible


def is_open(place: Place, *, now: datetime, done: frozenset[NodeId], within: Mapping[NodeId, OutlineNode]) -> bool:
    """Say whether a part is open: its date has come and what comes first is done."""
    date = opens_at(place)
    return (date is None or date <= now) and not missing_before(place, done, within)


def is_free(place: Place) -> bool:
    """Say whether a part, all on the way to it and all below it wait for no date and for no other part."""
    return not any(
        node.settings.prerequisites or node.settings.release_at
        for node in (*place.path, *(below.block for below in walk([place.block])))
    )


def parts_of(node: OutlineNode) -> frozenset[NodeId]:
    """Return a part's id and the ids of all below it."""
    return frozenset(place.block.id for place in walk([node]))


def counts(block: OutlineNode) -> bool:
    """Say whether a block counts towards the percentage."""
    return block.settings.required and rule_of(block) is not Completion.NONE


def leaves(node: OutlineNode) -> Iterator[OutlineNode]:
    """Yield the blocks below a node that hold no others, in the order of reading."""
    if node.kind is NodeKind.BLOCK and not node.children:
        yield node
    for child in node.children:
        yield from leaves(child)


def walk(nodes: Iterable[OutlineNode], path: tuple[OutlineNode, ...] = ()) -> Iterator[Place]:
    """Yield every node with the parts that hold it, in the order of reading."""
    for node in nodes:
        yield Place(block=node, path=path)
        yield from walk(node.children, (*path, node))


def visible(nodes: Iterable[OutlineNode]) -> list[OutlineNode]:
    """Return the parts that a learner may know of: hidden ones are left out with all that they hold."""
    return [
        msgspec.structs.replace(node, children=visible(node.children)) for node in nodes if not node.settings.hidden
    ]


def opens_at(place: Place) -> datetime | None:
    """Return when a part opens: the latest date on the way to it."""
    dates = [node.settings.release_at for node in (*place.path, place.block) if node.settings.release_at is not None]
    return max(dates, default=None)


def missing_before(place: Place, done: frozenset[NodeId], within: Mapping[NodeId, OutlineNode]) -> list[NodeId]:
    """Return the prerequisites of a part, and of those that hold it, that are not done yet."""
    wanted = [need for node in (*place.path, place.block) for need in node.settings.prerequisites]
    shares = {need: share_of([within[need]], done) for need in wanted if need in within}
    return [need for need, share in shares.items() if share.completed < share.required]


class LookedAt(Struct, frozen=True, kw_only=True):
    """The blocks of a unit that reading it does, and those that are done some time after it was opened."""

    seen: tuple[NodeId, ...]
    timed: tuple[NodeId, ...]


def looked_at(unit: OutlineNode) -> LookedAt:
    """Return what looking at a unit does to its blocks."""
    rules = [(leaf.id, rule_of(leaf)) for leaf in leaves(unit)]
    return LookedAt(
        seen=tuple(block for block, rule in rules if rule is Completion.VIEW),
        timed=tuple(block for block, rule in rules if rule is Completion.TIME),
    )


class Counted:
    """The blocks that count towards a percentage, with what never changes about them reckoned once."""

    __slots__ = ("_weights", "blocks", "even", "whole_weight")

    def __init__(self, weights: Mapping[NodeId, Decimal]) -> None:
        self._weights = weights
        self.blocks = frozenset(weights)
        self.whole_weight = sum(weights.values(), Decimal(0))
        distinct = set(weights.values())
        # Most courses give every block the same weight: then counting is enough.
        self.even = distinct.pop() if len(distinct) == 1 else None

    def share(self, done: frozenset[NodeId]) -> Share:
        """Return how much of the blocks is done."""
        found = self.blocks & done
        if self.even is not None:
            weight = self.even * len(found)
        else:
            weight = sum((self._weights[block] for block in found), Decimal(0))
        return Share(
            completed=len(found), required=len(self.blocks), done_weight=weight, whole_weight=self.whole_weight
        )


def counted_in(nodes: Iterable[OutlineNode]) -> Counted:
    """Return the blocks below these parts that count."""
    found = (leaf for node in nodes for leaf in leaves(node) if counts(leaf))
    return Counted({leaf.id: max(leaf.settings.weight, Decimal(0)) for leaf in found})


def share_of(nodes: Iterable[OutlineNode], done: frozenset[NodeId]) -> Share:
    """Return how much of these parts is done; what is optional does not count."""
    return counted_in(nodes).share(done)
