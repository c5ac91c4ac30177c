"""Typed settings: declared with default, unit and help, read from `STOA_…`, validated at start, all errors at once."""

import math
import re
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, Final, Self, TypeVar, overload

from stoa.kit.contract import Struct
from stoa.kit.errors import Invalid

T = TypeVar("T")

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]i?b|b)?", re.IGNORECASE)
_SIZES = {unit: 1000**power for power, unit in enumerate(("b", "kb", "mb", "gb", "tb"))} | {
    unit: 1024**power for power, unit in enumerate(("b", "kib", "mib", "gib", "tib"))
}


class SettingsInvalid(Invalid):
    """One or more settings cannot be used; each problem is a sentence that names the variable."""

    code, title = "stoa.settings_invalid", "The settings are not valid"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems), fields={"problems": list(self.problems)})


class _Required(Enum):
    REQUIRED = "required"


@dataclass(frozen=True, kw_only=True)
class _Declared:
    default: object
    unit: str
    help: str
    secret: bool
    minimum: Any  # any: compared with a value of the setting's own type
    maximum: Any  # any: as above
    choices: tuple[object, ...]


class SettingRow(Struct, frozen=True, kw_only=True):
    """One line of the generated settings reference."""

    name: str
    type_: str
    default: str
    unit: str
    help: str
    secret: bool


@overload
def setting(
    default: T,
    *,
    help: str,
    unit: str = ...,
    secret: bool = ...,
    minimum: object = ...,
    maximum: object = ...,
    choices: Iterable[object] = ...,
) -> T: ...
@overload
def setting(
    *,
    help: str,
    unit: str = ...,
    secret: bool = ...,
    minimum: object = ...,
    maximum: object = ...,
    choices: Iterable[object] = ...,
) -> Any: ...  # any: a required setting takes the type of its annotation


def setting(
    default: object = _Required.REQUIRED,
    *,
    help: str,
    unit: str = "",
    secret: bool = False,
    minimum: object = None,
    maximum: object = None,
    choices: Iterable[object] = (),
) -> object:
    """Declare one setting; without a default it must be given in the environment."""
    return _Declared(
        default=default, unit=unit, help=help, secret=secret, minimum=minimum, maximum=maximum, choices=tuple(choices)
    )


class Settings:
    """The knobs of one service (or, with an empty prefix, of the whole platform); subclasses declare them."""

    prefix_: ClassVar[str] = ""
    _declared: ClassVar[dict[str, tuple[Any, _Declared]]] = {}  # any: a type form, for which 3.11 has no type

    def __init_subclass__(cls, *, prefix: str) -> None:
        cls.prefix_ = prefix
        cls._declared = {}
        for name, form in typing.get_type_hints(cls).items():
            declared = cls.__dict__.get(name)
            if not isinstance(declared, _Declared):
                continue
            cls._declared[name] = (form, declared)
            if declared.default is not _Required.REQUIRED:
                _check(declared.default, declared)

    def __init__(self, **values: object) -> None:
        unknown = values.keys() - self._declared.keys()
        if unknown:
            raise TypeError(f"{type(self).__name__} has no setting named {', '.join(sorted(unknown))}")
        for name, (_, declared) in self._declared.items():
            value = values.get(name, declared.default)
            if value is _Required.REQUIRED:
                raise TypeError(f"{type(self).__name__} needs {name}")
            _check(value, declared)
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen; {name} cannot be changed")

    def __repr__(self) -> str:
        shown = (
            f"{name}={'***' if declared.secret else repr(getattr(self, name))}"
            for name, (_, declared) in self._declared.items()
        )
        return f"{type(self).__name__}({', '.join(shown)})"

    @classmethod
    def variable_of(cls, name: str) -> str:
        """Return the environment variable that sets a setting."""
        return "_".join(part.upper() for part in ("stoa", cls.prefix_, name) if part)

    @classmethod
    def load(cls, environment: Mapping[str, str]) -> Self:
        """Read this class's settings from an environment; raise SettingsInvalid with every problem found."""
        values, problems = cls._read(environment)
        if problems:
            raise SettingsInvalid(problems)
        return cls(**values)

    @classmethod
    def describe(cls) -> list[SettingRow]:
        """List the settings for the generated reference, in the order of their declaration."""
        return [
            SettingRow(
                name=cls.variable_of(name),
                type_=_type_name(form),
                default=_shown_default(declared),
                unit=declared.unit,
                help=declared.help,
                secret=declared.secret,
            )
            for name, (form, declared) in cls._declared.items()
        ]

    @classmethod
    def _read(cls, environment: Mapping[str, str]) -> tuple[dict[str, object], list[str]]:
        values: dict[str, object] = {}
        problems: list[str] = []
        for name, (form, declared) in cls._declared.items():
            variable = cls.variable_of(name)
            try:
                text = _text_of(variable, declared, environment)
                if text is not None:
                    values[name] = _check(_parse(text, form, declared), declared)
                elif declared.default is _Required.REQUIRED:
                    problems.append(f"{variable} must be set: {declared.help}")
            except (ValueError, OSError) as problem:
                given = "" if declared.secret or text is None else f" (it is {text!r})"
                problems.append(f"{variable} {problem}{given}.")
        return values, problems


def load_all(classes: Iterable[type[Settings]], environment: Mapping[str, str]) -> dict[type[Settings], Settings]:
    """Read many settings classes together, so that an operator sees every problem in one go."""
    loaded: dict[type[Settings], Settings] = {}
    problems: list[str] = []
    for cls in classes:
        values, wrong = cls._read(environment)
        problems += wrong
        if not wrong:
            loaded[cls] = cls(**values)
    if problems:
        raise SettingsInvalid(problems)
    return loaded


# STOA_PROT is a slip of STOA_PORT; what tools of their own read (STOA_CHROMIUM) is nobody's slip.
_NEARLY: Final = 0.85


def misspelt(classes: Iterable[type[Settings]], environment: Mapping[str, str]) -> list[str]:
    """Name the variables that set nothing: all of a known prefix, others that are nearly spelt like a real one."""
    listed = list(classes)
    known = {row.name for cls in listed for row in cls.describe()}
    known |= {f"{row.name}_FILE" for cls in listed for row in cls.describe() if row.secret}
    prefixes = tuple(f"STOA_{cls.prefix_.upper()}_" for cls in listed if cls.prefix_)
    sentences = []
    for variable in sorted(environment):
        if variable in known or not variable.startswith("STOA_"):
            continue
        is_ours = variable.startswith(prefixes)
        near = get_close_matches(variable, known, n=1, cutoff=0.6 if is_ours else _NEARLY)
        if is_ours or near:
            sentences.append(f"{variable} sets nothing." + (f" Did you mean {near[0]}?" if near else ""))
    return sentences


def _text_of(variable: str, declared: _Declared, environment: Mapping[str, str]) -> str | None:
    text = environment.get(variable)
    if text is None and declared.secret and (path := environment.get(f"{variable}_FILE")):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as problem:
            raise OSError(f"could not be read from the file {path}: {problem.strerror}") from None
    return text


def _parse(text: str, form: Any, declared: _Declared) -> object:  # any: a type form, for which 3.11 has no type
    stripped = text.strip()
    origin = typing.get_origin(form)
    if origin in (typing.Union, types.UnionType):
        inner = [part for part in typing.get_args(form) if part is not types.NoneType]
        return None if not stripped else _parse(stripped, inner[0], declared)
    if origin in (list, tuple):
        inner_form = typing.get_args(form)[0]
        parts = [_parse(part.strip(), inner_form, declared) for part in stripped.split(",") if part.strip()]
        return parts if origin is list else tuple(parts)
    if form is str:
        return text
    if isinstance(form, type) and issubclass(form, Enum):
        return _parse_enum(stripped, form)
    if form is int and declared.unit == "bytes":
        return _parse_size(stripped)
    parser = _PARSERS.get(form)
    if parser is None:
        raise ValueError(f"has a type that settings cannot read: {form}")
    return parser(stripped)


def _parse_bool(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError("must be true or false")
    return text.lower() in _TRUE


def _parse_int(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def _parse_float(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not math.isfinite(number):
        raise ValueError("must be a number")
    return number


def _parse_duration(text: str) -> timedelta:
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return timedelta(seconds=float(text))
    parts = _DURATION.findall(text)
    if not parts or re.sub(r"\s+", "", "".join(f"{n}{u}" for n, u in parts)) != re.sub(r"\s+", "", text):
        raise ValueError("must be a duration such as 90s, 15m, 1h30m or 7d")
    return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))


def _parse_size(text: str) -> int:
    match = _SIZE.fullmatch(text)
    if not match:
        raise ValueError("must be a size such as 1048576, 64MiB or 2GB")
    return int(float(match[1]) * _SIZES[(match[2] or "b").lower()]) if match[2] else _parse_int(text)


def _parse_enum(text: str, form: type[Enum]) -> Enum:
    for member in form:
        if text in (str(member.value), member.name):
            return member
    raise ValueError(f"must be one of {', '.join(str(member.value) for member in form)}")


def _parse_path(text: str) -> Path:
    if not text:
        raise ValueError("must be a path")
    return Path(text).expanduser()


_PARSERS: dict[object, typing.Callable[[str], object]] = {
    bool: _parse_bool,
    int: _parse_int,
    float: _parse_float,
    timedelta: _parse_duration,
    Path: _parse_path,
}


def _check(value: Any, declared: _Declared) -> object:  # any: compared with bounds of its own type
    if value is None:
        return value
    for one in value if isinstance(value, list | tuple) else (value,):
        if declared.choices and one not in declared.choices:
            raise ValueError(f"must be one of {', '.join(str(choice) for choice in declared.choices)}")
        if declared.minimum is not None and one < declared.minimum:
            raise ValueError(f"must be at least {declared.minimum}{_unit(declared)}")
        if declared.maximum is not None and one > declared.maximum:
            raise ValueError(f"must be at most {declared.maximum}{_unit(declared)}")
    return value


def _unit(declared: _Declared) -> str:
    return f" {declared.unit}" if declared.unit else ""


def _type_name(form: Any) -> str:  # any: a type form, for which 3.11 has no type
    if typing.get_origin(form) is not None or not isinstance(form, type):
        return str(form).replace("typing.", "").replace("datetime.", "").replace("pathlib.", "")
    return "duration" if form is timedelta else form.__name__.lower() if form is Path else form.__name__


def _shown_default(declared: _Declared) -> str:
    if declared.default is _Required.REQUIRED:
        return "required"
    if declared.secret and declared.default:
        return "***"
    if isinstance(declared.default, Enum):
        return str(declared.default.value)
    if isinstance(declared.default, list | tuple):
        return ",".join(str(one) for one in declared.default)
    return "" if declared.default is None else str(declared.default)
