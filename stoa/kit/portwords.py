"""The words of the wire between services: the envelope of a question and the shape of a refusal."""

from typing import Any

import msgspec

from stoa.kit.contract import Struct
from stoa.kit.errors import StoaError, Unavailable


class WireError(Struct, frozen=True, kw_only=True):
    """A StoaError as it crosses a border; its code says which class it is."""

    code: str
    detail: str
    hint: str
    retry_after_s: float | None
    fields: dict[str, Any]  # any: extension members of a problem are JSON of any shape


_encode = msgspec.msgpack.Encoder(enc_hook=str).encode
_decode = msgspec.msgpack.Decoder(WireError).decode
_classes: dict[str, type[StoaError]] = {}


def encode_error(error: StoaError) -> bytes:
    """Encode an expected outcome by the code of its class."""
    fields = msgspec.to_builtins(error.fields, enc_hook=str)
    return _encode(
        WireError(
            code=error.code, detail=error.detail, hint=error.hint, retry_after_s=error.retry_after_s, fields=fields
        )
    )


def decode_error(wire: bytes) -> StoaError:
    """Make an error of the class that has the code; one that is not known here becomes Unavailable."""
    try:
        said = _decode(wire)
    except msgspec.MsgspecError:
        return Unavailable("The other service gave an answer that is not an error of ours")
    known = error_class(said.code)
    error = known.__new__(known) if known else Unavailable.__new__(Unavailable)
    # The subclasses' own constructors are passed over: what they compute has crossed in these four.
    StoaError.__init__(error, said.detail, hint=said.hint, retry_after_s=said.retry_after_s, fields=said.fields)
    if known is None:
        error.fields = {**said.fields, "unknown_code": said.code}
    return error


def error_class(code: str) -> type[StoaError] | None:
    """Return the class that declares a code, if its contract is imported in this process."""
    found = _classes.get(code)
    if found is None:
        for known in _tree(StoaError):
            if "code" in known.__dict__:
                _classes.setdefault(known.code, known)
        found = _classes.get(code)
    return found


def doubled_codes() -> dict[str, list[str]]:
    """Name the codes that two classes declare; the architecture test wants none."""
    owners: dict[str, list[str]] = {}
    for known in _tree(StoaError):
        if "code" in known.__dict__:
            owners.setdefault(known.code, []).append(f"{known.__module__}.{known.__qualname__}")
    return {code: names for code, names in owners.items() if len(names) > 1}


def _tree(root: type[StoaError]) -> list[type[StoaError]]:
    return [root, *(found for child in root.__subclasses__() for found in _tree(child))]
