"""The problems of four real courses: converted, faithful to the word, and clean in their own test."""

import collections
import html
import re
from xml.etree import ElementTree

import msgspec

from stoa.services.assessment.contract.port import ImportOutcome, ProblemSource, SourceFormat
from stoa.services.assessment.contract.problem import Problem
from stoa.services.assessment.domain import address, authoring, capa, selftest, sources
from stoa.services.assessment.tests.builders import course_sources, needs_courses

pytestmark = needs_courses

UNREAD = {"script", "answer", "responseparam"}
WORD = re.compile(r"\w+")


def test_all_but_the_python_graded_problems_come_in_without_loss():
    outcomes = collections.Counter()
    for path, source, _ in course_sources():
        conversion = capa.converted(source)
        assert conversion.problem is not None or "python" in conversion.reason or "empty" in conversion.reason, path
        outcomes[path.split("/")[0], conversion.outcome] += 1

    convertible = sum(times for (_, outcome), times in outcomes.items() if outcome is not ImportOutcome.SKIPPED)
    whole = sum(times for (_, outcome), times in outcomes.items() if outcome is ImportOutcome.IMPORTED)
    assert convertible >= 86
    assert whole >= 0.98 * convertible


def test_every_converted_problem_passes_its_own_test():
    examined = 0
    for path, source, _ in course_sources():
        problem = capa.converted(source).problem
        if problem is None:
            continue
        result = selftest.examined(problem, version=address.version_of(problem))
        assert not result.failures, (path, result.failures)
        assert result.answers > 1, path
        examined += 1
    assert examined >= 86


def test_at_most_one_word_in_two_hundred_is_lost():
    read = lost = 0
    missing = {}
    for path, source, element in course_sources():
        problem = capa.converted(source).problem
        if problem is None:
            continue
        wanted = collections.Counter(WORD.findall(" ".join(words_of_source(element))))
        gone = wanted - collections.Counter(WORD.findall(" ".join(words_of(problem))))
        read += wanted.total()
        lost += gone.total()
        if gone:
            missing[path] = gone

    assert read > 4000
    assert lost <= 0.005 * read, missing


def test_a_converted_problem_is_fit_to_keep_and_survives_export_and_import():
    for path, source, _ in course_sources():
        problem = capa.converted(source).problem
        if problem is None:
            continue
        kept = authoring.accepted(problem)
        written = msgspec.json.encode(kept).decode()
        again = sources.converted(ProblemSource(key="", source=written, format=SourceFormat.STOA)).problem
        assert again is not None
        assert address.version_of(again) == address.version_of(kept), path


def words_of_source(element: ElementTree.Element) -> list[str]:
    """Return the text a learner reads in a source, formulas included, delimiters not."""
    found = [element.get("question") or "", element.get("instructions") or "", element.get("feedback") or ""]
    for node in element.iter():
        if node.tag not in UNREAD:
            found.append(node.text or "")
        if node is not element:
            found += [node.tail or "", node.get("alt") or "", node.get("trailing_text") or ""]
            found += [node.get("options") or "", node.get("answer", "") if node.tag == "additional_answer" else ""]
    return [re.sub(r"\\[()\[\]]", " ", text) for text in found]


def words_of(problem: Problem) -> list[str]:
    """Return every text of a problem without its markup."""
    texts = [re.sub(r'alt="([^"]*)"', r"> \1 <a ", text) for text in strings_of(msgspec.to_builtins(problem))]
    return [html.unescape(re.sub(r"<[^>]*>", " ", text)) for text in texts]


def strings_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for one in value for text in strings_of(one)] if isinstance(value, (list, tuple)) else []
