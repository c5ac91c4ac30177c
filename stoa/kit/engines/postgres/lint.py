"""Refuses migrations that would break the version still running: first expand, then migrate, then contract."""

import re

CONTRACT = re.compile(r"_contract\.sql$")
NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql$")

_NOISE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
_RULES: tuple[tuple[str, str], ...] = (
    (r"\bdrop\s+(table|column|view|function|type|schema|index|constraint)\b", "drops what the running version may use"),
    (r"\balter\s+table\b[^;]*\bdrop\s+(?!not\s+null|default)", "drops what the running version may use"),
    (r"\brename\s+(to|column|constraint)\b", "renames what the running version uses by its old name"),
    (r"\btruncate\b", "empties a table"),
    (
        r"\balter\s+(column\s+)?\"?\w+\"?\s+(set\s+data\s+)?type\b",
        "changes a column's type, which rewrites and locks the table",
    ),
    (r"\bset\s+not\s+null\b", "forbids null while the running version may still write it"),
    (r"\b(begin|commit|rollback)\s*;", "ends the transaction the runner has opened"),
)
_ADDED = re.compile(
    r"\badd\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?(?!constraint|primary|unique|foreign|check)([^,;]+(?:\([^)]*\)[^,;]*)*)"
)


def problems_of(name: str, sql: str) -> list[str]:
    """Return what is wrong with a migration, in sentences; none for a file named *_contract.sql but for its name."""
    problems = [] if NAME.fullmatch(name) else [f"{name}: name it 0001_what_it_does.sql"]
    if CONTRACT.search(name):
        return problems
    bare = _NOISE.sub("''", sql).lower()
    problems += [f"{name}: {why}" for pattern, why in _RULES if re.search(pattern, bare)]
    for statement in bare.split(";"):
        if not re.search(r"\balter\s+table\b", statement):
            continue
        for column in _ADDED.findall(statement):
            if "not null" in column and "default" not in column and "generated" not in column:
                problems.append(f"{name}: adds a column that is NOT NULL without a default")
    return problems
