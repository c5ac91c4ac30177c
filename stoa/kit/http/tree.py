"""Finding the route of a path: a tree of segments, so that the hundredth route costs what the first does."""

from typing import Generic, TypeVar

Leaf = TypeVar("Leaf")


class _Node(Generic[Leaf]):
    __slots__ = ("fixed", "leaves", "rest", "variable")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node[Leaf]] = {}
        self.variable: _Node[Leaf] | None = None
        self.rest: _Node[Leaf] | None = None
        self.leaves: dict[str, Leaf] = {}


class PathTree(Generic[Leaf]):
    """Leaves by path and method; a fixed segment wins over `{name}`, and that over `{name:path}`."""

    def __init__(self) -> None:
        self._root: _Node[Leaf] = _Node()

    def add(self, method: str, path: str, leaf: Leaf) -> None:
        """Add a leaf; two for the same method and path are a ValueError."""
        node = self._root
        for segment in path.split("/")[1:]:
            if segment.startswith("{") and segment.endswith(":path}"):
                node.rest = node.rest or _Node()
                node = node.rest
            elif segment.startswith("{"):
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.fixed.setdefault(segment, _Node())
        if method in node.leaves:
            raise ValueError(f"{method} {path} is declared twice")
        node.leaves[method] = leaf

    def find(self, path: str) -> tuple[dict[str, Leaf], list[str]] | None:
        """Return the leaves of a path by method, with the values of its names in order."""
        values: list[str] = []
        node = _walk(self._root, path.split("/"), 1, values)
        return None if node is None else (node.leaves, values)


def _walk(node: _Node[Leaf], segments: list[str], at: int, values: list[str]) -> _Node[Leaf] | None:
    while at < len(segments):
        segment = segments[at]
        fixed, variable = node.fixed.get(segment), node.variable if segment else None
        if node.rest is None and (fixed is None or variable is None):
            # There is one way on at most, so nothing to come back to.
            if fixed is not None:
                node = fixed
            elif variable is not None:
                values.append(segment)
                node = variable
            else:
                return None
            at += 1
            continue
        before = len(values)
        if fixed is not None and (found := _walk(fixed, segments, at + 1, values)) is not None:
            return found
        del values[before:]
        if variable is not None:
            values.append(segment)
            if (found := _walk(variable, segments, at + 1, values)) is not None:
                return found
            del values[before:]
        return _rest_of(node, segments, at, values)
    return node if node.leaves else None


def _rest_of(node: _Node[Leaf], segments: list[str], at: int, values: list[str]) -> _Node[Leaf] | None:
    if node.rest is None or not node.rest.leaves:
        return None
    values.append("/".join(segments[at:]))
    return node.rest
