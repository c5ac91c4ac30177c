"""Regions of an image as an author wrote them: rectangles and point lists, made convex."""

import json
import math
import re

from stoa.services.assessment.contract.problem import Point

RECTANGLE = re.compile(r"\(\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\)\s*-\s*\(\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\)")


def rectangles(written: str) -> tuple[tuple[Point, ...], ...]:
    """Read "(10,20)-(30,40);(…)-(…)"; raise ValueError where it is something else."""
    found = []
    for one in filter(None, (piece.strip() for piece in written.split(";"))):
        match = RECTANGLE.fullmatch(one)
        if match is None:
            raise ValueError(f"the rectangle {one!r} cannot be read")
        (left, right), (top, bottom) = sorted((float(match[1]), float(match[3]))), sorted(map(float, match.group(2, 4)))
        found.append((Point(x=left, y=top), Point(x=right, y=top), Point(x=right, y=bottom), Point(x=left, y=bottom)))
    return tuple(found)


def regions(written: str) -> tuple[tuple[Point, ...], ...]:
    """Read "[[[1,2],[3,4],…],…]" (or a single list of points) as convex hulls; raise ValueError."""
    try:
        lists = json.loads(written)
        if lists and isinstance(lists[0][0], (int, float)):
            lists = [lists]
        hulls = tuple(_hull([(float(x), float(y)) for x, y in points]) for points in lists)
        # Points on one line enclose nothing: no click ever lay in there.
        return tuple(hull for hull in hulls if len(hull) > 2)
    except (TypeError, LookupError, ValueError, RecursionError) as problem:
        raise ValueError(f"the regions {written[:60]!r} cannot be read: {problem}") from None


def _hull(points: list[tuple[float, float]]) -> tuple[Point, ...]:
    ordered = sorted(set(points))
    if not all(math.isfinite(x) and math.isfinite(y) for x, y in ordered):
        raise ValueError("a point lies at infinity")
    if len(ordered) < 3:
        raise ValueError("a region needs three points")
    halves = [_chain(ordered), _chain(ordered[::-1])]
    return tuple(Point(x=x, y=y) for half in halves for x, y in half[:-1])


def _chain(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    chain: list[tuple[float, float]] = []
    for x, y in points:
        while len(chain) > 1:
            (ax, ay), (bx, by) = chain[-2], chain[-1]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            chain.pop()
        chain.append((x, y))
    return chain
