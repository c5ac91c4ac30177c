"""Real sources, broken at random: converted or explained, and whatever comes out can be used."""

import copy
import random
from xml.etree import ElementTree

import msgspec
import pytest

from stoa.services.assessment.contract.problem import Problem
from stoa.services.assessment.contract.result import ProblemInvalid
from stoa.services.assessment.domain import address, authoring, capa, keys, selftest, views
from stoa.services.assessment.tests.builders import course_sources, needs_courses

ODD = (
    *("", "$x", "true", "[1,2)", "∞", "1e400", "((", r"\(", r"\[ x", "-1", "NaN", "x@1:2#3", "A B", "]", "🙂", "١٢"),
    *("[[[1,2],[3,4],[5,6]]]", "('a','b')", "inf", "{}", "a|", "regexp", "list,close", "EDC", "0x10", "%"),
)


def mutated(source: str, dice: random.Random) -> str:
    root = ElementTree.fromstring(source)
    for _ in range(dice.randint(1, 5)):
        nodes = list(root.iter())
        node, other = dice.choice(nodes), dice.choice(nodes)
        change = dice.randrange(6)
        if change == 0 and node.attrib:
            node.set(dice.choice(list(node.attrib)), dice.choice(ODD))
        elif change == 1 and node.attrib:
            del node.attrib[dice.choice(list(node.attrib))]
        elif change == 2 and len(node):
            node.remove(dice.choice(list(node)))
        elif change == 3 and len(nodes) < 200:
            node.append(copy.deepcopy(other))
        elif change == 4:
            node.text = dice.choice(ODD)
        else:
            node.tag = other.tag
    return ElementTree.tostring(root, encoding="unicode")


@needs_courses
@pytest.mark.parametrize("seed", range(4))
def test_a_broken_source_is_converted_or_explained_and_never_breaks_anything(seed):
    dice = random.Random(seed)
    sources = [source for path, source, _ in course_sources() if not path.startswith("mitx")]

    for _ in range(120):
        source = mutated(dice.choice(sources), dice)
        conversion = capa.converted(source)
        if conversion.problem is None:
            assert conversion.reason
            continue
        version = address.version_of(conversion.problem)
        selftest.examined(conversion.problem, version=version)
        views.view_of(conversion.problem, version=version, seed="")
        keys.readable(conversion.problem)
        try:
            kept = authoring.accepted(conversion.problem)
        except ProblemInvalid as refusal:
            assert refusal.detail
        else:
            assert authoring.accepted(kept) == kept
            assert msgspec.json.decode(msgspec.json.encode(kept), type=Problem) == kept
