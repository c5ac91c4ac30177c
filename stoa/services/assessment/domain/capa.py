"""Problems of Open edX (the OLX dialect called capa) converted to ours, with a reason for everything lost."""

from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from stoa.services.assessment.contract.port import ImportOutcome
from stoa.services.assessment.contract.problem import Problem, ShowAnswer, ShowCorrectness
from stoa.services.assessment.domain import (
    capa_choice,
    capa_field,
    capa_image,
    capa_markdown,
    capa_xml,
    markup,
    xblocks,
)
from stoa.services.assessment.domain.capa_walk import Dialect, Walk, decimal_of, whole_of
from stoa.services.assessment.domain.capa_xml import KEPT, Unconvertible, name

PYTHON = frozenset({"customresponse", "schematicresponse", "coderesponse", "externalresponse", "symbolicresponse"})
HINTS = "hint choicehint optionhint correcthint stringequalhint regexphint compoundhint"
HOLDERS = frozenset({"solution", "label", *HINTS.split()})
SHOW_ANSWER = {
    "always": ShowAnswer.ALWAYS,
    "answered": ShowAnswer.CORRECT,
    "attempted": ShowAnswer.ATTEMPTED,
    "attempted_no_past_due": ShowAnswer.ATTEMPTED,
    "closed": ShowAnswer.AFTER_ALL_ATTEMPTS,
    "finished": ShowAnswer.FINISHED,
    "correct_or_past_due": ShowAnswer.CORRECT_OR_PAST_DUE,
    "past_due": ShowAnswer.PAST_DUE,
    "after_all_attempts": ShowAnswer.AFTER_ALL_ATTEMPTS,
    "after_all_attempts_or_correct": ShowAnswer.FINISHED,
    "never": ShowAnswer.NEVER,
}


@dataclass(frozen=True)
class Conversion:
    """What became of a source."""

    outcome: ImportOutcome
    reason: str
    problem: Problem | None


def converted(source: str, *, title: str = "", inherited: dict[str, str] | None = None) -> Conversion:
    """Convert one source: a <problem>, or one of the xblocks that become problems."""
    try:
        root = capa_xml.parsed(source)
        if name(root) in xblocks.CONVERTERS:
            problem, losses = xblocks.converted(root, title=title)
            notes: list[str] = []
        else:
            problem, losses, notes = _problem(root, title, inherited or {})
    except Unconvertible as reason:
        return Conversion(ImportOutcome.SKIPPED, str(reason), None)
    outcome = ImportOutcome.CONVERTED_WITH_LOSS if losses else ImportOutcome.IMPORTED
    return Conversion(outcome, "; ".join([*losses, *notes]), problem)


def _problem(root: etree._Element, title: str, inherited: dict[str, str]) -> tuple[Problem, list[str], list[str]]:
    if name(root) != "problem":
        raise Unconvertible(f"unsupported: <{name(root)}>")
    settings = {**inherited, **{str(key): str(value) for key, value in root.attrib.items()}}
    root = _written(root)
    remarks = _resolve_scripts(root)
    dialects = {**capa_choice.DIALECTS, **capa_field.DIALECTS, **capa_image.DIALECTS}
    if any(name(node) == "customresponse" for node in root.iter()):
        dialects["customresponse"] = capa_image.DRAG
    _refuse_nested(root, dialects)
    walk = Walk(dialects=dialects, remarks=remarks)
    capa_xml.join_mathematics(root)
    walk.adopt_labels(root)
    body = markup.clean(walk.inner(root))
    if not walk.parts:
        walk.remarks.append("This problem asks nothing.")
    problem = Problem(
        title=settings.get("display_name") or title,
        body=body,
        parts=tuple(walk.parts),
        hints=tuple(walk.hints),
        solution="\n".join(walk.solutions),
        weight=_weight(settings.get("weight")),
        max_attempts=whole_of(settings.get("max_attempts") or settings.get("attempts")) or None,
        show_answer=_show_answer(settings),
        show_correctness=_show_correctness(settings),
        wait_s=whole_of(settings.get("submission_wait_seconds")) or 0,
        remarks=tuple(walk.remarks),
    )
    return problem, walk.losses, walk.notes


def _refuse_nested(root: etree._Element, dialects: dict[str, Dialect]) -> None:
    for node in root.iter():
        if name(node) in dialects:
            holder = next((above for above in node.iterancestors() if name(above) in HOLDERS | set(dialects)), None)
            if holder is not None:
                raise Unconvertible(f"a <{name(node)}> inside <{name(holder)}>")


def _written(root: etree._Element) -> etree._Element:
    """Return the problem's XML, from its markdown where that is all there is."""
    markdown = str(root.get("markdown") or "")
    empty = len(root) == 0 and not (root.text or "").strip()
    if empty and markdown and markdown != "null":
        return capa_xml.parsed(capa_markdown.olx(markdown))
    if empty:
        raise Unconvertible("the problem is empty: there is nothing to show or to answer")
    return root


def _resolve_scripts(root: etree._Element) -> list[str]:
    """Put a script's constants in their places; refuse what only Python could compute; return unused scripts."""
    for node in root.iter():
        if name(node) in PYTHON and not (name(node) == "customresponse" and capa_image.is_drag(node)):
            raise Unconvertible(f"unsupported: python (<{name(node)}>): a program of the author grades it; {KEPT}")
        if name(node) in {"javascriptresponse", "jsmeresponse"}:
            raise Unconvertible(f"unsupported: javascript (<{name(node)}>): a program of the author grades it; {KEPT}")
    used = capa_xml.references(root)
    unused: list[str] = []
    for script in list(root.iter("script")):
        if not capa_xml.is_python(script):
            continue
        text = script.text or ""
        names = capa_xml.assigned(text)
        values = capa_xml.constants(text)
        if values is None and used and ("*" in names or used & names):
            raise Unconvertible(f"unsupported: python (a script computes what the problem shows or expects); {KEPT}")
        if values:
            capa_xml.substitute(root, values)
        if text.strip():
            unused.append(text.strip())
    return unused


def _weight(written: str | None) -> Decimal | None:
    weight = decimal_of(written, Decimal(-1))
    return None if weight < 0 else weight.normalize() + Decimal(0)


def _show_answer(settings: dict[str, str]) -> ShowAnswer:
    return SHOW_ANSWER.get(settings.get("showanswer", "").strip(" '\"").lower(), ShowAnswer.FINISHED)


def _show_correctness(settings: dict[str, str]) -> ShowCorrectness:
    written = settings.get("show_correctness", "").strip().lower()
    return ShowCorrectness(written) if written in set(ShowCorrectness) else ShowCorrectness.ALWAYS
