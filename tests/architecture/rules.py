"""The rules of the house that no linter knows: each takes files and returns its violations."""

import ast
import re
from collections.abc import Iterable, Iterator

from tests.architecture.tree import Source

ANATOMY = frozenset({"manifest", "contract", "service", "routes", "sockets", "consumers", "jobs"}) | frozenset(
    {"store", "tables", "domain", "policy"}
)
MANDATORY = frozenset({"__init__", "contract", "service", "manifest"})
ROOMS_WITHOUT_A_NAME = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "models", "misc"}
MOST_LINES = {".py": 400, ".tsx": 250}
MOST_FUNCTION_LINES = 60
USUAL_FUNCTION_LINES = 40
SHARE_OVER_USUAL = 0.05
CLOCK = "stoa/kit/clock.py"
READS_A_CLOCK = {"now", "utcnow", "today", "time", "time_ns"}
SQL_CLOCK = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp)\(\)|\bcurrent_timestamp\b", re.I
)
REGISTRIES = tuple(
    ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("yarnpkg", "com"))
)
MACHINE_PATH = re.compile(r"(?:^|[^A-Za-z0-9_.])/(?:work|farm|root)/" + "|" + r"/(?:home|Users)/[a-z]+/")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef

# The HTTP edge (of pages and of ports), the consumer loop and the job runner: one request, event or job dies there,
# not the process.
LAST_RESORTS = ("stoa/kit/http/app.py", "stoa/kit/engines/ports/server.py", "stoa/kit/inbox.py", "stoa/kit/jobs")


def too_long_files(files: Iterable[Source]) -> list[str]:
    """Files that cannot be read in one sitting."""
    found = []
    for file in files:
        cap = next((cap for end, cap in MOST_LINES.items() if file.path.endswith(end)), None)
        lines = len(file.text.splitlines())
        if cap and lines > cap and ".gen." not in file.path:
            found.append(f"{file.path}: {lines} lines, at most {cap}")
    return found


def functions(file: Source) -> Iterator[Function]:
    """Yield the functions of a file, nested ones included."""
    return (node for node in ast.walk(file.tree) if isinstance(node, FUNCTIONS))


def length_of(function: Function) -> int:
    """Count the lines of a function from its name to its end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def too_long_functions(files: Iterable[Source]) -> list[str]:
    """Functions over the cap, and all those over the usual length when they are too many."""
    lengths = [(length_of(one), f"{file.path}:{one.lineno} {one.name}") for file in files for one in functions(file)]
    found = [
        f"{where}: {lines} lines, at most {MOST_FUNCTION_LINES}"
        for lines, where in lengths
        if lines > MOST_FUNCTION_LINES
    ]
    over = [f"{where}: {lines} lines" for lines, where in lengths if lines > USUAL_FUNCTION_LINES]
    if len(over) > SHARE_OVER_USUAL * len(lengths):
        found.append(f"{len(over)} of {len(lengths)} functions exceed {USUAL_FUNCTION_LINES} lines: " + ", ".join(over))
    return found


def wrong_rooms(files: Iterable[Source]) -> list[str]:
    """Files of a service outside its eleven names, missing mandatory ones, and rooms without a name anywhere."""
    found, present = [], dict[str, set[str]]()
    for file in files:
        stems = {part.removesuffix(".py") for part in file.parts}
        found += [f"{file.path}: {name} says nothing about what it holds" for name in stems & ROOMS_WITHOUT_A_NAME]
        if file.service is None:
            continue
        name = file.parts[3].removesuffix(".py")
        present.setdefault(file.service, set()).add(name)
        if name not in ANATOMY | MANDATORY | {"tests", "migrations"}:
            found.append(f"{file.path}: a service has no {name}")
    for service, names in present.items():
        missing = (MANDATORY | {"tests"}) - names
        found += [f"stoa/services/{service}: {name} is missing" for name in sorted(missing)]
        if not re.fullmatch("[a-z]+", service):
            found.append(f"stoa/services/{service}: a service is one lower-case word")
    return found


def undocumented(files: Iterable[Source]) -> list[str]:
    """Modules that do not begin with a sentence, and public classes and functions without one."""
    found = []
    for file in files:
        words = ast.get_docstring(file.tree) or ""
        if not words.split("\n\n")[0].rstrip().endswith((".", "?", "`.")) or "\n\n\n" in words:
            found.append(f"{file.path}: begins with no sentence that says what it owns")
        if file.parts[-1] == "__init__.py" and len(file.tree.body) > 1:
            found.append(f"{file.path}: holds more than a docstring")
        found += [
            f"{file.path}:{node.lineno} {node.name}: no docstring" for node in _public(file.tree) if _is_silent(node)
        ]
    return found


def _public(tree: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def _is_silent(node: Function | ast.ClassDef) -> bool:
    marks = {ast.unparse(mark).split(".")[-1] for mark in node.decorator_list}
    return ast.get_docstring(node) is None and not marks & {"override", "overload", "setter"}


def clocks(files: Iterable[Source]) -> list[str]:
    """Reads of the time that no test could move: in Python outside the clock, in the SQL of a service."""
    found = []
    for file in files:
        if file.path.endswith(".sql"):
            found += [f"{file.path}: {match[0]}" for match in SQL_CLOCK.finditer(file.text)]
        elif file.path != CLOCK:
            found += [
                f"{file.path}:{node.lineno} {ast.unparse(node)}"
                for node in ast.walk(file.tree)
                if _is_clock(node, file)
            ]
    return found


def _is_clock(node: ast.AST, file: Source) -> bool:
    if isinstance(node, ast.Constant):
        return file.service is not None and isinstance(node.value, str) and bool(SQL_CLOCK.search(node.value))
    if (
        not isinstance(node, ast.Call)
        or not isinstance(node.func, ast.Attribute)
        or node.func.attr not in READS_A_CLOCK
    ):
        return False
    return ast.unparse(node.func.value) in {"datetime", "datetime.datetime", "date", "datetime.date", "time"}


def swallowed_bugs(files: Iterable[Source]) -> list[str]:
    """Handlers that catch every exception and do not raise it again, outside the three last resorts."""
    handlers = [(file, node) for file in files for node in ast.walk(file.tree) if isinstance(node, ast.ExceptHandler)]
    return [
        f"{file.path}:{node.lineno} catches every exception"
        for file, node in handlers
        if _catches_all(node) and not _raises_again(node) and not file.path.startswith(LAST_RESORTS)
    ]


def _catches_all(handler: ast.ExceptHandler) -> bool:
    names = {ast.unparse(name) for name in getattr(handler.type, "elts", [handler.type]) if name is not None}
    return not names or bool(names & {"Exception", "BaseException"})


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def private_addresses(files: Iterable[Source]) -> list[str]:
    """Names of package registries and paths of somebody's machine."""
    found = []
    for file in files:
        for number, line in enumerate(file.text.splitlines(), start=1):
            found += [f"{file.path}:{number} names a registry" for host in REGISTRIES if host in line]
            if MACHINE_PATH.search(line):
                found.append(f"{file.path}:{number} holds a path of one machine")
    return found


def strangers_in_tests(files: Iterable[Source]) -> list[str]:
    """Tests of one service that import more of another than its contract."""
    found = []
    for file in files:
        if file.service is None or not file.is_test:
            continue
        for name, line in _imports(file):
            parts = name.split(".")
            if (
                parts[:2] == ["stoa", "services"]
                and len(parts) > 2
                and parts[2] != file.service
                and parts[3:4] != ["contract"]
            ):
                found.append(f"{file.path}:{line} imports {name}")
    return found


def _imports(file: Source) -> Iterator[tuple[str, int]]:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{name.name}", node.lineno) for name in node.names)


def impure_domains(files: Iterable[Source]) -> list[str]:
    """Domains that await, log or hold a clock: a domain takes values and returns values."""
    domains = [
        file for file in files if file.service and not file.is_test and file.parts[3].removesuffix(".py") == "domain"
    ]
    found = [
        f"{file.path}:{one.lineno} {one.name} is async"
        for file in domains
        for one in functions(file)
        if isinstance(one, ast.AsyncFunctionDef)
    ]
    impure = ("stoa.kit.clock", "stoa.kit.telemetry", "logging", "asyncio", "structlog")
    return found + [
        f"{file.path}:{line} imports {name}"
        for file in domains
        for name, line in _imports(file)
        if name.startswith(impure)
    ]


def sql_outside_stores(files: Iterable[Source]) -> list[str]:
    """Modules of a service, other than its store, that speak to the database."""
    return [
        f"{file.path}:{line} imports {name}"
        for file in files
        if file.service and not file.is_test and file.parts[3].removesuffix(".py") != "store"
        for name, line in _imports(file)
        if name.split(".")[0] in {"asyncpg", "psycopg"}
    ]


def unexplained_escapes(files: Iterable[Source]) -> list[str]:
    """Lines where the types are left without a word of why: `# type: ignore`, `cast(`, `Any`."""
    found = []
    for file in files:
        for number, line in enumerate(file.text.splitlines(), start=1):
            silenced = re.search(r"# type: ignore(\[[\w, -]+\])?(.*)", line)
            if silenced and not re.search(r"\w{3,}", silenced[2]):
                found.append(f"{file.path}:{number} ignores a type without a reason")
            if re.search(r"(?<![\w.])cast\(", line) and "#" not in line:
                found.append(f"{file.path}:{number} casts without a reason")
    return found
