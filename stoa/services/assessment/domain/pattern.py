"""Authors' regular expressions, matched against learners' text under a time limit."""

import regex  # type: ignore[import-untyped]  # ships no types; chosen for its time limit, which re lacks

TIMEOUT_S = 0.1
MAX_PATTERN = 2_000


def problem_of(pattern: str) -> str:
    """Return what is wrong with a pattern, or nothing."""
    if len(pattern) > MAX_PATTERN:
        return "it is too long"
    try:
        regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError) as problem:
        return str(problem)
    return ""


def fits(pattern: str, text: str, *, ignores_case: bool) -> bool:
    """Say whether a pattern matches the whole text; one that takes too long does not."""
    if problem_of(pattern):
        return False
    compiled = regex.compile(pattern, regex.IGNORECASE if ignores_case else 0)
    try:
        return compiled.fullmatch(text, timeout=TIMEOUT_S) is not None
    except TimeoutError:
        return False
