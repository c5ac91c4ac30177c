"""Addresses at delivery: the one place where `asset:` and `block:` become URLs that can be fetched."""

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape, unescape
from urllib.parse import quote, unquote
from uuid import UUID

import msgspec

from stoa.kit.contract import OrganizationId
from stoa.services.courses.contract import (
    Content,
    CourseId,
    EmbedContent,
    FileContent,
    HtmlContent,
    NodeId,
    ProblemContent,
    VideoContent,
)
from stoa.services.courses.domain.html import pointers
from stoa.services.courses.domain.snapshot import AssetEntry, TreeNode

POINTER = re.compile(r"(?<=[\"'(=;\s])(?P<url>(?:asset|block):[^\"')\s<>&;\\]+(?:&amp;[^\"')\s<>&;\\]*)*)")
SOURCE_POINTER = re.compile(r"(?<=[\"'(=;\s>])(?P<url>(?:asset|block):[^\"')\s<>&;\\]+)")

_BLANK = re.compile(r"[\x00-\x20]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_FETCHED = frozenset({"http", "https", "asset", "block"})

Resolver = Callable[[str], str]


@lru_cache(maxsize=4096)
def media_url(organization: OrganizationId, *, sha256: str, name: str) -> str:
    """Return the immutable address of a file by its content."""
    return f"/media/{organization}/{sha256}/{quote(name.rsplit('/', 1)[-1])}"


def resolver(
    organization: OrganizationId, course: CourseId, *, assets: dict[str, AssetEntry], sections: list[TreeNode]
) -> Resolver:
    """Return the function that turns a stored URL into an address; an unknown one is left as it is."""
    places = places_of(sections)

    def resolve(url: str) -> str:
        if url.startswith("asset:"):
            name = unquote(url.removeprefix("asset:").split("#", 1)[0])
            entry = assets.get(name)
            return media_url(organization, sha256=entry.sha256, name=name) if entry else url
        if url.startswith("block:"):
            node = _as_id(url.removeprefix("block:"))
            unit = places.get(node) if node else None
            if unit is None:
                return url
            anchor = "" if node == unit else f"#block-{node}"
            return f"/learn/{course}/{unit}{anchor}"
        return url

    return resolve


def resolve_content(content: Content, resolve: Resolver) -> Content:
    """Return a content whose every URL can be fetched; one that would run something (javascript:) becomes empty."""

    def fetched(url: str) -> str:
        # Browsers skip blanks and controls while they look for the scheme.
        scheme = _SCHEME.match(_BLANK.sub("", url))
        return resolve(url) if scheme is None or scheme[1].lower() in _FETCHED else ""

    if isinstance(content, HtmlContent):
        return HtmlContent(html=resolve_text(content.html, resolve))
    if isinstance(content, EmbedContent):
        return msgspec.structs.replace(content, html=resolve_text(content.html, resolve), url=fetched(content.url))
    if isinstance(content, ProblemContent):
        return ProblemContent(problem=content.problem, urls={url: resolve(url) for url in content.urls})
    if isinstance(content, FileContent):
        return msgspec.structs.replace(content, url=fetched(content.url))
    if isinstance(content, VideoContent):
        return msgspec.structs.replace(
            content,
            poster=fetched(content.poster),
            sources=[msgspec.structs.replace(source, url=fetched(source.url)) for source in content.sources],
            captions=[msgspec.structs.replace(caption, url=fetched(caption.url)) for caption in content.captions],
            downloads=[msgspec.structs.replace(download, url=fetched(download.url)) for download in content.downloads],
        )
    return content


def resolve_text(html: str, resolve: Resolver) -> str:
    """Return a page with every `asset:` and `block:` URL in it resolved."""
    return POINTER.sub(lambda match: escape(resolve(unescape(match["url"]))), html)


def content_pointers(content: Content | None) -> list[str]:
    """Return every `asset:` and `block:` URL that a content uses."""
    if isinstance(content, HtmlContent):
        return pointers(content.html)
    if isinstance(content, EmbedContent):
        return [*(unescape(match["url"]) for match in POINTER.finditer(content.html)), content.url]
    if isinstance(content, ProblemContent):
        return list(content.urls)
    if isinstance(content, FileContent):
        return [content.url]
    if isinstance(content, VideoContent):
        files = [source.url for source in content.sources] + [caption.url for caption in content.captions]
        return [content.poster, *files, *(download.url for download in content.downloads)]
    return []


def problem_pointers(source: str) -> list[str]:
    """Return the `asset:` and `block:` URLs in a problem's source, XML or JSON."""
    return sorted({unescape(match["url"]) for match in SOURCE_POINTER.finditer(source)})


def places_of(sections: list[TreeNode]) -> dict[NodeId, NodeId]:
    """Return the unit to open for every node: its own, or the first one of a section."""
    found: dict[NodeId, NodeId] = {}

    def visit(node: TreeNode, unit: NodeId | None) -> NodeId | None:
        here = node.id if node.kind == "unit" else unit
        first = here
        for child in node.children:
            below = visit(child, here)
            first = first or below
        if first is not None:
            found[node.id] = first
        return first

    for section in sections:
        visit(section, None)
    return found


def _as_id(text: str) -> NodeId | None:
    try:
        return NodeId(UUID(text.split("#", 1)[0]))
    except ValueError:
        return None
