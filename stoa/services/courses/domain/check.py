"""The check before publishing: errors stop it, warnings are listed."""

from enum import StrEnum
from urllib.parse import unquote
from uuid import UUID

from stoa.kit.contract import Struct
from stoa.services.courses.contract import (
    EmbedContent,
    FileContent,
    HtmlContent,
    NodeId,
    NodeKind,
    ProblemContent,
    RandomizedContent,
    UnsupportedContent,
    VideoContent,
)
from stoa.services.courses.domain.bundle import PageText
from stoa.services.courses.domain.delivery import content_pointers
from stoa.services.courses.domain.html import images_without_text, pointers, unresolved_pointers
from stoa.services.courses.domain.outline import DraftNode, Tree


class Severity(StrEnum):
    """Whether a finding stops publishing."""

    ERROR = "error"
    WARNING = "warning"


class Finding(Struct, frozen=True, kw_only=True):
    """One thing found in a draft, with a stable code and the node it is about (None: the course or a page)."""

    severity: Severity
    code: str
    node: NodeId | None
    title: str
    detail: str


def check(tree: Tree, *, assets: frozenset[str], pages: list[PageText]) -> list[Finding]:
    """Return what stands against publishing a draft, errors first, in reading order."""
    findings: list[Finding] = []
    nodes = list(tree.reading_order())
    if not any(node.kind is NodeKind.BLOCK for node in nodes):
        findings.append(_error("empty", None, "The course has no content yet"))
    for node in nodes:
        findings += _links(tree, node, assets)
        findings += _content(tree, node)
        findings += _dates(tree, node)
    findings += _cycles(tree, nodes)
    for page in pages:
        broken = [url for url in pointers(page.html) if not _leads_somewhere(tree, url, assets)]
        findings += [_error("broken_link", None, f"The page {page.title} points to {url}") for url in broken]
    return sorted(findings, key=lambda finding: finding.severity is Severity.WARNING)


def _links(tree: Tree, node: DraftNode, assets: frozenset[str]) -> list[Finding]:
    found = []
    for url in content_pointers(node.content):
        if not _leads_somewhere(tree, url, assets):
            found.append(_error("broken_link", node, f"Points to {url}, which is not in the course"))
    html = node.content.html if isinstance(node.content, HtmlContent | EmbedContent) else ""
    for url in unresolved_pointers(html):
        found.append(_warning("missing_source", node, f"Points to {url}, which was not in the imported package"))
    for needed in node.settings.prerequisites:
        if needed not in tree.by_id:
            found.append(_error("broken_prerequisite", node, "Requires a part that is not in the course any more"))
    return found


def _leads_somewhere(tree: Tree, url: str, assets: frozenset[str]) -> bool:
    if url.startswith("asset:"):
        return unquote(url.removeprefix("asset:").split("#", 1)[0]) in assets
    if url.startswith("block:"):
        try:
            return NodeId(UUID(url.removeprefix("block:").split("#", 1)[0])) in tree.by_id
        except ValueError:
            return False
    return True


def _content(tree: Tree, node: DraftNode) -> list[Finding]:
    content = node.content
    found: list[Finding] = []
    if isinstance(content, HtmlContent) and (count := images_without_text(content.html)):
        found.append(_warning("missing_alt_text", node, f"{count} pictures have no text alternative"))
    elif isinstance(content, VideoContent):
        if not content.captions:
            found.append(_warning("missing_captions", node, "The film has no captions"))
        if not content.sources and not content.youtube:
            found.append(_warning("missing_film", node, "There is no film to play"))
    elif isinstance(content, ProblemContent) and content.problem is None:
        found.append(_error("question_without_key", node, "The question is not written yet"))
    elif isinstance(content, FileContent) and not content.url:
        found.append(_error("missing_file", node, "No file is chosen"))
    elif isinstance(content, RandomizedContent) and content.count > len(tree.children(node.id)):
        found.append(_warning("small_pool", node, "The pool holds fewer blocks than are drawn from it"))
    elif isinstance(content, UnsupportedContent):
        found.append(_warning("unsupported", node, f"Learners see a placeholder: {content.reason}"))
    elif node.kind is NodeKind.UNIT and not tree.children(node.id):
        found.append(_warning("empty_unit", node, "The unit is empty"))
    return found


def _dates(tree: Tree, node: DraftNode) -> list[Finding]:
    due = node.settings.due_at
    above: DraftNode | None = node
    while above is not None and due is not None:
        opens = above.settings.release_at
        if opens is not None and due < opens:
            return [_error("due_before_open", node, "It is due before it opens")]
        above = tree.by_id.get(above.parent) if above.parent else None
    return []


def _cycles(tree: Tree, nodes: list[DraftNode]) -> list[Finding]:
    """Find parts that can never be reached: they require themselves, directly, through others or from within."""
    needs: dict[NodeId, set[NodeId]] = {}
    for node in nodes:
        inherited = needs.get(node.parent, set()) if node.parent else set()
        needs[node.id] = inherited | {needed for needed in node.settings.prerequisites if needed in tree.by_id}
    # Finishing a part means finishing all of it, so it needs whatever its own parts need.
    for node in reversed(nodes):
        if node.parent:
            needs[node.parent] |= {needed for needed in needs[node.id] if not tree.is_within(needed, node.parent)}
    return [
        _error("prerequisite_cycle", node, "It waits for itself: the prerequisites form a circle")
        for node in nodes
        if node.settings.prerequisites and _reaches(tree, needs, node.id)
    ]


def _reaches(tree: Tree, needs: dict[NodeId, set[NodeId]], start: NodeId) -> bool:
    seen: set[NodeId] = set()
    todo = list(tree.by_id[start].settings.prerequisites)
    while todo:
        node = todo.pop()
        if node not in tree.by_id or node in seen:
            continue
        if tree.is_within(node, start) or tree.is_within(start, node):
            return True
        seen.add(node)
        todo.extend(needs.get(node, ()))
    return False


def _error(code: str, node: DraftNode | None, detail: str) -> Finding:
    return _finding(Severity.ERROR, code, node, detail)


def _warning(code: str, node: DraftNode | None, detail: str) -> Finding:
    return _finding(Severity.WARNING, code, node, detail)


def _finding(severity: Severity, code: str, node: DraftNode | None, detail: str) -> Finding:
    return Finding(
        severity=severity, code=code, node=node.id if node else None, title=node.title if node else "", detail=detail
    )
