"""Expressions as learners type them: an own whitelisted parser, numbers as complex floats, no evaluation of code."""

import cmath
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MAX_TEXT = 2_000
MAX_DEPTH = 64
MAX_TOKENS = 500

Number = complex


class Unreadable(ValueError):
    """The text is not an expression; the message tells a learner why."""


@dataclass(frozen=True)
class Node:
    """A step of a parsed expression: its operation, its children, and a name or number where it is a leaf."""

    op: str
    args: tuple["Node", ...] = ()
    name: str = ""
    value: Number = 0


SUFFIXES = {
    "%": 1e-2,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "c": 1e-2,
    "m": 1e-3,
    "u": 1e-6,
    "n": 1e-9,
    "p": 1e-12,
}
CONSTANTS: dict[str, Number] = {"i": 1j, "j": 1j, "e": complex(math.e), "pi": complex(math.pi)}

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?P<suffix>[%kMGTcmunp](?![A-Za-z0-9_]))?"
    r"|(?P<name>[^\W\d]\w*(?:(?<=_)\{[^{}]{1,40}\})?(?:\^\{[^{}]{1,40}\})?'*)"
    r"|(?P<op>\*\*|\|\||[-+*/^(),]))"
)
LOOK_ALIKE = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "∕": "/", "π": "pi", "√": "sqrt"}
)
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def _factorial(x: Number) -> Number:
    if x.imag or x.real < 0 or x.real != math.floor(x.real) or x.real > 170:
        raise Unreadable("A factorial needs a whole number from 0 to 170.")
    return complex(math.factorial(int(x.real)))


def _arccot(x: Number) -> Number:
    return cmath.pi / 2 - cmath.atan(x)


FUNCTIONS: dict[str, Callable[[Number], Number]] = {
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "sec": lambda x: 1 / cmath.cos(x),
    "csc": lambda x: 1 / cmath.sin(x),
    "cot": lambda x: 1 / cmath.tan(x),
    "arcsin": cmath.asin,
    "arccos": cmath.acos,
    "arctan": cmath.atan,
    "arcsec": lambda x: cmath.acos(1 / x),
    "arccsc": lambda x: cmath.asin(1 / x),
    "arccot": _arccot,
    "sinh": cmath.sinh,
    "cosh": cmath.cosh,
    "tanh": cmath.tanh,
    "sech": lambda x: 1 / cmath.cosh(x),
    "csch": lambda x: 1 / cmath.sinh(x),
    "coth": lambda x: 1 / cmath.tanh(x),
    "arcsinh": cmath.asinh,
    "arccosh": cmath.acosh,
    "arctanh": cmath.atanh,
    "arcsech": lambda x: cmath.acosh(1 / x),
    "arccsch": lambda x: cmath.asinh(1 / x),
    "arccoth": lambda x: cmath.atanh(1 / x),
    "sqrt": cmath.sqrt,
    "exp": cmath.exp,
    "ln": cmath.log,
    "log": cmath.log10,
    "log10": cmath.log10,
    "log2": lambda x: cmath.log(x) / math.log(2),
    "abs": lambda x: complex(abs(x)),
    "re": lambda x: complex(x.real),
    "im": lambda x: complex(x.imag),
    "conj": lambda x: x.conjugate(),
    "fact": _factorial,
    "factorial": _factorial,
}


def normal(text: str) -> str:
    """Return the text with full-width, Arabic and raised digits, signs and marks as plain ASCII."""
    text = text.translate(LOOK_ALIKE)
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda run: f"^({run[0].translate(RAISED)})", text)
    text = unicodedata.normalize("NFKC", text)
    text = "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cc"} or char in "\t\n ")
    return "".join(str(unicodedata.digit(char)) if char.isdigit() and not char.isascii() else char for char in text)


def parsed(text: str) -> Node:
    """Parse an expression, or raise Unreadable with a word for the learner."""
    if len(text) > MAX_TEXT:
        raise Unreadable("This is too long for an expression.")
    tokens = _tokens(normal(text).strip())
    if not tokens:
        raise Unreadable("Nothing was entered.")
    parser = _Parser(tokens)
    node = parser.sum(0)
    if parser.peek() is not None:
        raise Unreadable(parser.complaint())
    return node


def size(value: Number) -> float:
    """Return a value's distance from zero; infinite where abs() would overflow."""
    return math.hypot(value.real, value.imag)


def names(node: Node) -> set[str]:
    """Return the variables and constants an expression speaks of."""
    found = {node.name} if node.op == "name" else set()
    return found.union(*(names(arg) for arg in node.args)) if node.args else found


def evaluated(node: Node, values: Mapping[str, Number] | None = None, *, folds_case: bool = False) -> Number:
    """Compute a parsed expression, or raise Unreadable where it has no finite value."""
    scope = {**CONSTANTS, **(values or {})}
    if folds_case:
        scope = {name.casefold(): value for name, value in scope.items()}
    try:
        result = _value(node, scope, folds_case)
    except ZeroDivisionError:
        raise Unreadable("This divides by zero.") from None
    except OverflowError:
        raise Unreadable("This number is too large.") from None
    except ValueError as problem:
        if isinstance(problem, Unreadable):
            raise
        raise Unreadable("This has no value.") from None
    if math.isnan(result.real) or math.isnan(result.imag):
        raise Unreadable("This has no value.")
    return result


def _tokens(text: str) -> list[tuple[str, str, float]]:
    tokens: list[tuple[str, str, float]] = []
    at = 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise Unreadable(f"“{text[at:].strip()[:1]}” cannot be read here.")
        if match["number"]:
            factor = SUFFIXES[match["suffix"]] if match["suffix"] else 1.0
            tokens.append(("number", match[0].strip(), float(match["number"]) * factor))
        elif match["name"]:
            tokens.append(("name", match["name"], 0))
        else:
            tokens.append(("op", "^" if match["op"] == "**" else match["op"], 0))
        at = match.end()
        if len(tokens) > MAX_TOKENS:
            raise Unreadable("This is too long for an expression.")
    return tokens


class _Parser:
    """Recursive descent over: sum, product, parallel, sign, power, atom."""

    def __init__(self, tokens: list[tuple[str, str, float]]) -> None:
        self._tokens = tokens
        self._at = 0

    def peek(self) -> tuple[str, str, float] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def takes(self, *ops: str) -> str:
        token = self.peek()
        if token is not None and token[0] == "op" and token[1] in ops:
            self._at += 1
            return token[1]
        return ""

    def complaint(self) -> str:
        token = self.peek()
        if token is None:
            return "The expression stops too early."
        before = self._tokens[self._at - 1] if self._at else None
        if before is not None and before[0] in {"number", "name"} and token[0] in {"number", "name"}:
            return f"Write an operator (such as *) between “{before[1]}” and “{token[1]}”."
        if token[1] == ")":
            return "A closing bracket has no opening one."
        return f"“{token[1]}” cannot stand here."

    def sum(self, depth: int) -> Node:
        node = self.product(depth)
        while op := self.takes("+", "-"):
            node = Node(op, (node, self.product(depth)))
        return node

    def product(self, depth: int) -> Node:
        node = self.parallel(depth)
        while op := self.takes("*", "/"):
            node = Node(op, (node, self.parallel(depth)))
        return node

    def parallel(self, depth: int) -> Node:
        node = self.sign(depth)
        while self.takes("||"):
            node = Node("||", (node, self.sign(depth)))
        return node

    def sign(self, depth: int) -> Node:
        negative = False
        while op := self.takes("+", "-"):
            negative ^= op == "-"
        node = self.power(depth)
        return Node("neg", (node,)) if negative else node

    def power(self, depth: int) -> Node:
        base = self.atom(depth)
        if self.takes("^"):
            if depth >= MAX_DEPTH:
                raise Unreadable("This is nested too deeply.")
            negative = False
            while op := self.takes("+", "-"):
                negative ^= op == "-"
            exponent = self.power(depth + 1)
            return Node("^", (base, Node("neg", (exponent,)) if negative else exponent))
        return base

    def atom(self, depth: int) -> Node:
        if depth >= MAX_DEPTH:
            raise Unreadable("This is nested too deeply.")
        token = self.peek()
        if token is None or (token[0] == "op" and token[1] != "("):
            raise Unreadable(self.complaint())
        self._at += 1
        if token[0] == "number":
            return Node("number", value=complex(token[2]))
        if token[0] == "name":
            if self.takes("("):
                return Node("call", (self.closed(depth),), name=token[1])
            return Node("name", name=token[1])
        return self.closed(depth)

    def closed(self, depth: int) -> Node:
        node = self.sum(depth + 1)
        if not self.takes(")"):
            raise Unreadable("A closing bracket is missing." if self.peek() is None else self.complaint())
        return node


def _value(node: Node, scope: Mapping[str, Number], folds_case: bool) -> Number:
    if node.op == "number":
        return node.value
    if node.op == "name":
        name = node.name.casefold() if folds_case else node.name
        if name not in scope:
            hint = " is a function: give it something in brackets." if name in FUNCTIONS else " is not known here."
            raise Unreadable(f"“{node.name}”{hint}")
        return scope[name]
    if node.op == "call":
        function = FUNCTIONS.get(node.name.casefold() if folds_case else node.name)
        if function is None:
            raise Unreadable(f"There is no function “{node.name}”; write * to multiply with a bracket.")
        # A negative zero as imaginary part would put a real number on the wrong side of a branch cut.
        argument = _value(node.args[0], scope, folds_case)
        return function(argument if argument.imag else complex(argument.real))
    values = [_value(arg, scope, folds_case) for arg in node.args]
    if node.op == "neg":
        return -values[0]
    return complex(OPERATORS[node.op](values[0], values[1]))


def _power(a: Number, b: Number) -> Number:
    if not a.imag and not b.imag and (a.real >= 0 or b.real == math.floor(b.real)):
        return complex(a.real**b.real)
    return a**b


def _parallel(a: Number, b: Number) -> Number:
    return 0j if a == 0 or b == 0 else 1 / (1 / a + 1 / b)


OPERATORS: dict[str, Callable[[Number, Number], Number]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": _power,
    "||": _parallel,
}
