"""Numbers as learners write them: decimal comma or point, signs, exponents, units; exact where they can be."""

import math
import re
from dataclasses import dataclass
from decimal import Decimal, DecimalException

from stoa.services.assessment.domain import calc

LOCALES = (
    "ar az be bg bs ca cs da de el es et eu fa fi fr gl hr hu hy id is it ka kk lt lv mk nb nl nn no pl pt ro ru sk sl "
    "sq sr sv tr uk uz vi"
)
COMMA_LOCALES = frozenset(LOCALES.split())
PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?")
GROUPED = re.compile(r"[+-]?\d{1,3}(?:[ '’]\d{3})+(?=\D|$)")
ENGLISH_GROUPS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
COMMA_GROUPS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?")
COMMA_DECIMAL = re.compile(r"(?<![\d.,])(\d*),(\d+)(?![\d.,])")
NUMBER_AND_UNIT = re.compile(
    r"([+-]?[\d.,' ]*\d(?:[eE][+-]?\d+)?(?:\s*\*\s*10\s*\^\s*\(?[+-]?\d+\)?)?)\s*(.*)", re.DOTALL
)
FAR = 100_000


@dataclass(frozen=True)
class Quantity:
    """A number, exact where it was written as a plain one, and the significant figures it was written with."""

    value: complex
    exact: Decimal | None
    figures: int | None

    @property
    def is_real(self) -> bool:
        """Whether it lies on the real line."""
        return self.value.imag == 0


def quantity(text: str, *, locale: str = "") -> Quantity:
    """Read a number or a constant expression, or raise calc.Unreadable with a word for the learner."""
    if len(text) > calc.MAX_TEXT:
        raise calc.Unreadable("This is too long for a number.")
    text = _with_points(calc.normal(text).strip(), locale)
    if PLAIN.fullmatch(text):
        exact = _decimal(text)
        if exact is not None:
            return Quantity(_complex(exact), exact, _figures(text))
    value = calc.evaluated(calc.parsed(text), folds_case=True)
    if math.isinf(value.real) or math.isinf(value.imag):
        raise calc.Unreadable("This number is too large.")
    return Quantity(value, None, None)


def split_unit(text: str) -> tuple[str, str]:
    """Split "9.81 m/s^2" into its number and its unit, both possibly empty."""
    text = calc.normal(text).strip()
    match = re.match(
        r"([+-]?[\d.,' ]*\d(?:[eE][+-]?\d+)?(?:\s*\*\s*10\s*\^\s*\(?[+-]?\d+\)?)?)\s*(.*)", text, re.DOTALL
    )
    return (match[1].strip(), match[2].strip()) if match else (text, "")


def unit_key(unit: str) -> str:
    """Return a unit as it is compared: without spaces and multiplication signs, exponents as ^n."""
    unit = re.sub(r"[\s()*]+", "", calc.normal(unit))
    return re.sub(r"(?<=[A-Za-z])(-?\d+)", r"^\1", unit)


def near(given: Quantity, wanted: Quantity, tolerance: str, *, factor: Decimal = Decimal(1)) -> bool:
    """Say whether a number lies within a tolerance ("5", "1%") of the wanted one."""
    margin = margin_of(tolerance, wanted) * factor
    if given.is_real and wanted.is_real:
        return abs(_exact(given) - _exact(wanted)) <= margin
    return calc.size(given.value - wanted.value) <= float(margin)


def margin_of(tolerance: str, wanted: Quantity) -> Decimal:
    """Return a tolerance as an absolute margin around the wanted number."""
    tolerance = tolerance.strip() or "0.001%"
    is_percent = tolerance.endswith("%")
    size = quantity(tolerance.removesuffix("%"))
    margin = abs(_exact(size))
    if not is_percent:
        return margin
    return margin / 100 * (abs(_exact(wanted)) if wanted.is_real else Decimal(repr(calc.size(wanted.value))))


def interval(text: str) -> tuple[Decimal, Decimal, bool, bool]:
    """Read "[1,2)" as low, high, and whether each end belongs to it."""
    text = text.strip()
    match = re.fullmatch(r"([\[(])([^,;]+)[,;]([^,;]+)([\])])", text)
    if match is None:
        raise calc.Unreadable(f"“{text}” is not an interval.")
    return _end(match[2]), _end(match[3]), match[1] == "[", match[4] == "]"


def inside(given: Quantity, text: str) -> bool:
    """Say whether a real number lies in an interval."""
    low, high, has_low, has_high = interval(text)
    if not given.is_real:
        return False
    at = _exact(given)
    return (low <= at if has_low else low < at) and (at <= high if has_high else at < high)


def _end(text: str) -> Decimal:
    text = text.strip()
    if text.lstrip("+-").lower() in {"inf", "infinity", "∞"}:
        return Decimal("-Infinity") if text.startswith("-") else Decimal("Infinity")
    return _exact(quantity(text))


def _exact(number: Quantity) -> Decimal:
    return number.exact if number.exact is not None else Decimal(repr(number.value.real))


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except DecimalException:
        return None
    if value and abs(value.adjusted()) > FAR:
        raise calc.Unreadable("This number is too large." if value.adjusted() > 0 else "This number is too small.")
    return value


def _complex(exact: Decimal) -> complex:
    return complex(float(exact))


def _figures(text: str) -> int:
    digits = re.split("[eE]", text)[0].lstrip("+-")
    return len(digits.replace(".", "").lstrip("0")) or 1


def _with_points(text: str, locale: str) -> str:
    text = GROUPED.sub(lambda run: re.sub("[ '’]", "", run[0]), text)
    if locale.replace("_", "-").split("-")[0].lower() in COMMA_LOCALES:
        if COMMA_GROUPS.fullmatch(text):
            return text.replace(".", "").replace(",", ".")
    elif ENGLISH_GROUPS.fullmatch(text):
        return text.replace(",", "")
    text = text.replace("٫", ".").replace("٬", "")
    return COMMA_DECIMAL.sub(r"\1.\2", text)
