"""The addresses of the files and blocks that a problem names: assessment keeps names, courses knows where they lie."""

import re
from typing import TypeVar

import msgspec

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
