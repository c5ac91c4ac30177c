"""How words are made comparable, what of a course a stranger sees, and what they may try."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from stoa.kit.contract import Struct, UserId
from stoa.services.assessment.contract.view import ProblemView
from stoa.services.courses.contract import (
    BlockKind,
    BlockView,
    CourseId,
    NodeId,
    NodeKind,
    Outline,
    OutlineNode,
    ProblemContent,
)

T = TypeVar("T")

# All guests are one guest: the same draw from every pool, the same order of every shuffled choice.
GUEST = UserId(UUID("00000000-0000-8000-8000-000000000000"))
LONGEST_TEXT = 20_000
_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+")
# What Unicode does not take apart, and the spellings of Arabic that writers use for one another.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
    | {"\u0649": "\u064a", "\u0629": "\u0647", "\u0640": "", "\u0671": "\u0627"}
)
_CODE = re.compile(r"(?=\w*\d)[\w.\-+]{2,40}")
# PostgreSQL's dictionaries, without any contrib module.
_DICTIONARIES = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nb": "norwegian", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip


class Listing(Struct, frozen=True, kw_only=True):
    """A course as lists show it."""

    course_id: CourseId
    slug: str
    title: str
    summary: str
    language: str
    categories: list[str]
    image_url: str
    image_alt: str
    published_at: datetime | None


class PreviewUnit(Struct, frozen=True, kw_only=True):
    """A unit by its title, with what is in it."""

    id: NodeId
    title: str
    can_try: bool
    films: int
    problems: int


class PreviewSubsection(Struct, frozen=True, kw_only=True):
    """A subsection by its title."""

    id: NodeId
    title: str
    units: list[PreviewUnit]


class PreviewSection(Struct, frozen=True, kw_only=True):
    """A section by its title."""

    id: NodeId
    title: str
    subsections: list[PreviewSubsection]


class CourseListing(Struct, frozen=True, kw_only=True):
    """The public page of a course."""

    course_id: CourseId
    slug: str
    title: str
    summary: str
    language: str
    licence: str
    categories: list[str]
    image_url: str
    image_alt: str
    starts_at: datetime | None
    ends_at: datetime | None
    published_at: datetime | None
    overview_html: str
    sections: list[PreviewSection]


class TryBlock(Struct, frozen=True, kw_only=True):
    """One block of a unit that is tried; groups and pools are laid out flat."""

    block: BlockView
    problem: ProblemView | None


class TryUnit(Struct, frozen=True, kw_only=True):
    """A unit that a guest may try."""

    course_id: CourseId
    course_title: str
    slug: str
    unit: NodeId
    title: str
    blocks: list[TryBlock]


def fold(text: str) -> str:
    """Return a text without case, accents and other differences that a searcher does not mean."""
    # Taking apart brings up capitals, and lower case brings up what can be taken apart (Unicode 3.13, D146).
    for _ in range(2):
        text = unicodedata.normalize("NFKD", text).casefold()
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(sign for sign in apart if unicodedata.category(sign) != "Mn")
    return bare.translate(_LETTERS)


def words(text: str) -> list[str]:
    """Return the folded words of a text."""
    return _WORD.findall(fold(text))


def grams(text: str) -> list[str]:
    """Return the pieces by which a misspelt title is still found: trigrams of words, pairs of unspaced scripts."""
    found: set[str] = set()
    for word in words(text):
        for run in _UNSPACED.findall(word):
            found.update(run[at : at + 2] for at in range(max(1, len(run) - 1)))
        rest = _UNSPACED.sub(" ", word).strip()
        if rest:
            padded = f"  {rest} "
            found.update(padded[at : at + 3] for at in range(len(padded) - 2))
    return sorted(found)


def codes(*, slug: str, title: str) -> list[str]:
    """Return what somebody types who knows exactly which course they mean: "CS50", the course's address."""
    return sorted({fold(slug), *(fold(code) for code in _CODE.findall(title))})


def dictionary_of(language: str) -> str:
    """Return the name of PostgreSQL's dictionary for a language tag."""
    return _DICTIONARIES.get(language.partition("-")[0].lower(), "simple")


def outline_text(outline: Outline) -> str:
    """Return the titles of what a stranger sees of a course, for the search."""
    titles = (node.title for section in _shown(outline.sections) for node in (section, *_below(section)))
    return " ".join(titles)[:LONGEST_TEXT]


def preview(outline: Outline, *, now: datetime) -> list[PreviewSection]:
    """Return the outline as a stranger sees it."""
    tryable = units_to_try(outline, now=now)
    return [
        PreviewSection(
            id=section.id,
            title=section.title,
            subsections=[
                PreviewSubsection(
                    id=part.id,
                    title=part.title,
                    units=[_preview_unit(unit, tryable) for unit in _shown(part.children)],
                )
                for part in _shown(section.children)
            ],
        )
        for section in _shown(outline.sections)
    ]


def units_to_try(outline: Outline, *, now: datetime) -> frozenset[NodeId]:
    """Return the units that are open to guests: those marked so, by themselves or from above, else the first."""
    marked: set[NodeId] = set()
    first: NodeId | None = None
    for section in _open(outline.sections, now):
        for part in _open(section.children, now):
            for unit in _open(part.children, now):
                first = first or unit.id
                if any(node.settings.try_out for node in (section, part, unit)):
                    marked.add(unit.id)
    return frozenset(marked or ({first} if first else ()))


def flat(blocks: list[BlockView]) -> list[BlockView]:
    """Return the blocks of a unit without the groups around them."""
    found: list[BlockView] = []
    for block in blocks:
        if block.children:
            found += flat(block.children)
        else:
            found.append(block)
    return found


def problem_in(block: BlockView) -> ProblemContent | None:
    """Return a block's problem where it has one."""
    content = block.content
    return content if isinstance(content, ProblemContent) and content.problem is not None else None


def addressed(value: T, urls: dict[str, str]) -> T:
    """Return an answer of assessment in which every `asset:` and `block:` name is the address that it stands for."""
    if not urls:
        return value
    names = re.compile("|".join(re.escape(name) for name in sorted(urls, key=len, reverse=True)))
    spelt = msgspec.json.encode(value).decode()
    return msgspec.json.decode(names.sub(lambda name: urls[name.group()], spelt), type=type(value))


def _preview_unit(unit: OutlineNode, tryable: frozenset[NodeId]) -> PreviewUnit:
    kinds = [node.block_kind for node in _below(unit)]
    return PreviewUnit(
        id=unit.id,
        title=unit.title,
        can_try=unit.id in tryable,
        films=kinds.count(BlockKind.VIDEO),
        problems=kinds.count(BlockKind.PROBLEM),
    )


def _shown(nodes: list[OutlineNode]) -> list[OutlineNode]:
    return [node for node in nodes if not node.settings.hidden]


def _open(nodes: list[OutlineNode], now: datetime) -> list[OutlineNode]:
    released = (node for node in _shown(nodes) if node.settings.release_at is None or node.settings.release_at <= now)
    return [node for node in released if not node.settings.prerequisites]


def _below(node: OutlineNode) -> Iterator[OutlineNode]:
    for child in _shown(node.children):
        if child.kind is not NodeKind.BLOCK or child.block_kind is not None:
            yield child
            yield from _below(child)
