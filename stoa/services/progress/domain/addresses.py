"""The addresses of the files and blocks that a problem names: assessment keeps names, courses knows where they lie."""

import re
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from stoa.services.courses.contract import BlockView, NodeId, ProblemContent

T = TypeVar("T")


def addressed(value: T, urls: dict[str, str]) -> T:
    """Return an answer of assessment in which every `asset:` and `block:` name is the address that it stands for."""
    if not urls:
        return value
    # The longest name first, for one may begin with another.
    names = re.compile("|".join(re.escape(name) for name in sorted(urls, key=len, reverse=True)))
    spelt = msgspec.json.encode(value).decode()
    found = names.sub(lambda name: urls[name.group()], spelt)
    return value if found == spelt else msgspec.json.decode(found, type=type(value))


def urls_in(blocks: Sequence[BlockView]) -> dict[NodeId, dict[str, str]]:
    """Return, for every problem among some blocks, where the files and blocks lie that it names."""
    found: dict[NodeId, dict[str, str]] = {}
    for block in blocks:
        if isinstance(block.content, ProblemContent):
            found[block.id] = block.content.urls
        found |= urls_in(block.children)
    return found
