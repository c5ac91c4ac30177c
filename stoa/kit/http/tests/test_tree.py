"""The way from a path to its route, beside the rule that defines it."""

from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.http.tree import PathTree

SEGMENT = st.sampled_from(["a", "b", "{x}"])
ROUTE = st.tuples(st.lists(SEGMENT, min_size=1, max_size=4), st.booleans()).map(
    lambda found: "/" + "/".join([*found[0], *(["{rest:path}"] if found[1] else [])])
)
PATH = st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=6).map(lambda found: "/" + "/".join(found))


def by_the_rule(routes: list[str], path: str) -> tuple[str, list[str]] | None:
    """Return the route that the rule gives: segment by segment a fixed one first, then a name, then the rest."""
    found = []
    segments = path.split("/")[1:]
    for route in routes:
        parts, rank, values = route.split("/")[1:], [], []
        for at, part in enumerate(parts):
            if part == "{rest:path}" and at < len(segments):
                found.append(([*rank, 2], route, [*values, "/".join(segments[at:])]))
                break
            if at >= len(segments) or (part != "{x}" and part != segments[at]) or (part == "{x}" and not segments[at]):
                break
            rank.append(1 if part == "{x}" else 0)
            values += [segments[at]] if part == "{x}" else []
        else:
            if len(parts) == len(segments):
                found.append((rank, route, values))
    return min(found)[1:] if found else None


@given(routes=st.lists(ROUTE, min_size=1, max_size=8, unique=True), path=PATH)
def test_a_path_leads_where_the_rule_says(routes: list[str], path: str) -> None:
    tree: PathTree[str] = PathTree()
    for route in routes:
        tree.add("GET", route, route)

    found = tree.find(path)

    assert (None if found is None else (found[0]["GET"], found[1])) == by_the_rule(routes, path)
