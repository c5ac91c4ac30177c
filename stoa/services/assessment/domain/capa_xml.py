"""Reading hostile XML: no entities, no network, bounded size and depth; and the scripts that are only constants."""

import ast
import html.entities
import re
from collections.abc import Iterator

from lxml import etree

MAX_BYTES = 2_000_000
MAX_ELEMENTS = 20_000
MAX_DEPTH = 120
MAX_VALUE = 10_000

ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
REFERENCE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

MATHEMATICS = (
    (r"\(", r"\)"),
    (r"\[", r"\]"),
    ("[mathjax]", "[/mathjax]"),
    ("[mathjaxinline]", "[/mathjaxinline]"),
)
BREAKING = frozenset({"br", "i", "b", "em", "strong", "span", "sub", "sup"})

Value = str | int | float
KEPT = "its source is kept until Stoa can ask it"


class Unconvertible(ValueError):
    """A source that cannot become a problem; the message is the reason in the import report."""


def parsed(source: str) -> etree._Element:
    """Parse a source, or raise Unconvertible."""
    if len(source.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise Unconvertible("the source is larger than 2 MB")
    if "<!DOCTYPE" in source or "<!ENTITY" in source:
        raise Unconvertible("the source declares a document type or entities, which are refused")
    text = CONTROL.sub("", ENTITY.sub(_character, source)).strip()
    text = re.sub(r"^<\?xml[^>]*\?>", "", text)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise Unconvertible(f"the XML is not well-formed: {problem}") from None
    _measure(root)
    return root


def is_element(node: etree._Element) -> bool:
    """Say whether a node is an element, not a comment or a processing instruction."""
    return isinstance(node.tag, str)


def children(element: etree._Element) -> Iterator[etree._Element]:
    """Walk an element's children that are elements."""
    return (child for child in element if is_element(child))


def name(element: etree._Element) -> str:
    """Return an element's tag in lower case without its namespace."""
    return etree.QName(element.tag).localname.lower() if is_element(element) else ""


def is_python(script: etree._Element) -> bool:
    """Say whether a script is Python: by its type, or, as Open edX has it, by having none."""
    written = script.get("type")
    if written is None:
        return script.get("src") is None and _parses(script.text or "")
    return "python" in str(written).lower()


def _parses(script: str) -> bool:
    try:
        ast.parse(dedented(script))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Python 2 prints without brackets; what is no Python of any age ends its statements or opens blocks otherwise.
        return bool(re.search(r"^\s*(def |print |import |from )", script, re.MULTILINE))
    return bool(script.strip())


def references(root: etree._Element) -> set[str]:
    """Return the names of the script variables a problem shows or uses: $name and ${name}."""
    found: set[str] = set()
    for node in root.iter():
        if name(node) in {"script", "answer"} or not is_element(node):
            texts = [node.tail]
        else:
            texts = [node.text, node.tail, *map(str, node.attrib.values())]
        for text in texts:
            found.update(one or other for one, other in REFERENCE.findall(text or ""))
    return found


def substitute(root: etree._Element, values: dict[str, Value]) -> None:
    """Write the constants of a script into the text and attributes that refer to them."""

    def known(match: re.Match[str]) -> str:
        value = values.get(match[1] or match[2])
        return match[0] if value is None else str(value)

    for node in root.iter():
        node.tail = REFERENCE.sub(known, node.tail) if node.tail else node.tail
        if name(node) in {"script", "answer"} or not is_element(node):
            continue
        node.text = REFERENCE.sub(known, node.text) if node.text else node.text
        for key, value in list(node.attrib.items()):
            node.set(key, REFERENCE.sub(known, str(value)))


def assigned(script: str) -> set[str]:
    """Return the names a script may set, without running it."""
    try:
        tree = ast.parse(dedented(script))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(re.findall(r"^\s*([A-Za-z_]\w*)\s*(?:,\s*[A-Za-z_]\w*\s*)*=", script, re.MULTILINE))
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    star = any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree))
    return stored | ({"*"} if star else set())


def constants(script: str) -> dict[str, Value] | None:
    """Return what a script sets, where it only assigns constants; None where it would have to be run."""
    try:
        tree = ast.parse(dedented(script))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    values: dict[str, Value] = {}
    for statement in tree.body:
        if isinstance(statement, (ast.Import, ast.Pass)):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if not isinstance(statement, ast.Assign):
            return None
        value = _constant(statement.value, values)
        if value is None or not all(isinstance(target, ast.Name) for target in statement.targets):
            return None
        values.update({target.id: value for target in statement.targets if isinstance(target, ast.Name)})
    return values


def join_mathematics(root: etree._Element) -> None:
    """Take line breaks and emphasis out of formulas that run over several elements of one parent."""
    for parent in list(root.iter()):
        if not is_element(parent):
            continue
        at = 0
        while at < len(parent):
            text = (parent.text if at == 0 else parent[at - 1].tail) or ""
            swallowed = parent[at]
            if not (_opens(text) and name(swallowed) in BREAKING and not len(swallowed) and _closes(parent, at)):
                at += 1
                continue
            joined = f"{text} {swallowed.text or ''} {swallowed.tail or ''}"
            parent.remove(swallowed)
            if at == 0:
                parent.text = joined
            else:
                parent[at - 1].tail = joined


def _opens(text: str) -> bool:
    return any(text.rfind(start) > text.rfind(end) for start, end in MATHEMATICS)


def _closes(parent: etree._Element, at: int) -> bool:
    later = "".join(child.tail or "" for child in list(parent)[at:])
    return any(end in later for _, end in MATHEMATICS)


def _constant(node: ast.expr, values: dict[str, Value]) -> Value | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, (str, int, float)) and len(str(node.value)) <= MAX_VALUE else None
    if isinstance(node, ast.Name):
        return values.get(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        operand = _constant(node.operand, values)
        return -operand if isinstance(operand, (int, float)) else None
    if isinstance(node, ast.BinOp):
        left, right = _constant(node.left, values), _constant(node.right, values)
        return None if left is None or right is None else _combined(node.op, left, right)
    return None


def _combined(op: ast.operator, left: Value, right: Value) -> Value | None:
    if isinstance(left, str) or isinstance(right, str):
        joins = isinstance(op, ast.Add) and isinstance(left, str) and isinstance(right, str)
        return f"{left}{right}" if joins and len(f"{left}{right}") <= MAX_VALUE else None
    if max(abs(left), abs(right)) > 1e15:
        return None
    # Division differs between the Python 2 and 3 these scripts were written for, unless a float takes part.
    if isinstance(op, ast.Div):
        return left / right if right and (isinstance(left, float) or isinstance(right, float)) else None
    known = {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}
    return known.get(type(op))


def dedented(script: str) -> str:
    """Return a script that begins at the margin, without its empty lines."""
    lines = [line for line in script.expandtabs(4).splitlines() if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return "\n".join(line[margin:] for line in lines)


def _character(match: re.Match[str]) -> str:
    if match[1] in XML_ENTITIES:
        return match[0]
    return html.entities.html5.get(f"{match[1]};", match[0])


def _measure(root: etree._Element) -> None:
    stack = [(root, 1)]
    seen = 0
    while stack:
        element, depth = stack.pop()
        seen += 1
        if depth > MAX_DEPTH:
            raise Unconvertible(f"the XML is nested more than {MAX_DEPTH} deep")
        if seen > MAX_ELEMENTS:
            raise Unconvertible(f"the XML has more than {MAX_ELEMENTS} elements")
        stack.extend((child, depth + 1) for child in element)
