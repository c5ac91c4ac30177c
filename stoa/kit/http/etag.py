"""Entity tags: reading the conditional headers and making tags for answers."""

import hashlib
import re

from stoa.kit.contract import Struct
from stoa.kit.errors import Malformed, PreconditionFailed

_TAG = re.compile(r'\s*(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*')


class IfMatch(Struct, frozen=True, kw_only=True):
    """The one version that a caller says it is changing."""

    tag: str

    @property
    def version(self) -> int:
        """Return the version as a number, or refuse a tag that is none of ours with 412."""
        number = self.tag.partition("-")[0]
        if not number.isascii() or not number.isdigit() or len(number) > 18:
            raise PreconditionFailed("The If-Match header names no version of this.", hint="Load it again.")
        return int(number)

    def check(self, current: int) -> None:
        """Raise PreconditionFailed with the current version where it is another one."""
        if self.version != current:
            raise PreconditionFailed(hint="Load it again and repeat your change.", fields={"current": current})


def parse_tags(header: str) -> tuple[str, ...] | None:
    """Return the tags of a header, None for `*`; a header that is no list of tags is Malformed."""
    if header.strip() == "*":
        return None
    tags: list[str] = []
    at = 0
    while True:
        found = _TAG.match(header, at)
        if found is None:
            raise Malformed('A conditional header lists quoted tags, as in "7".')
        tags.append(found.group(1))
        at = found.end()
        if at == len(header):
            return tuple(tags)
        if header[at] != ",":
            raise Malformed('A conditional header lists quoted tags, as in "7".')
        at += 1


def parse_if_match(header: str) -> IfMatch:
    """Return the version an If-Match header names; `*` and lists are refused, for they say nothing was read."""
    tags = parse_tags(header)
    if tags is None or len(tags) != 1:
        raise Malformed("If-Match names exactly one version here.", hint="Send the ETag you received with it.")
    return IfMatch(tag=tags[0])


def matches(header: str, tag: str) -> bool:
    """Tell whether an If-None-Match header covers a quoted tag; a header that cannot be read covers nothing."""
    if header == tag:
        return True
    try:
        tags = parse_tags(header)
    except Malformed:
        return False
    return tags is None or tag.removeprefix("W/").strip('"') in tags


def tag_of(value: object, body: bytes) -> str:
    """Return a digest of an answer's bytes, quoted, behind the version of a value that has one.

    The version is what a change is checked against; the digest tells of what changes without it, as a course's
    publishing does.
    """
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    version = getattr(value, "version", None)
    return f'"{version}-{digest}"' if isinstance(version, int) else f'"{digest}"'
