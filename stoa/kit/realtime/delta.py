"""Differences between one publication and the next, in the format of Fossil's deltas: copy, put in, check."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"


def difference(before: bytes, after: bytes) -> bytes | None:
    """Return how to make `after` from `before`, None where saying it whole is no longer.

    What both begin and end with is copied and the middle put in: the shape of a state in which a few values moved,
    at the price of two comparisons. Cuts fall between characters, since JSON carries the delta as text.
    """
    head = _common_head(before, after)
    tail = _common_tail(before[head:], after[head:])
    middle = after[head : len(after) - tail]
    parts = [_number(len(after)), b"\n"]
    if head:
        parts += (_number(head), b"@", _number(0), b",")
    if middle:
        parts += (_number(len(middle)), b":", middle)
    if tail:
        parts += (_number(tail), b"@", _number(len(before) - tail), b",")
    parts += (_number(_checksum(after)), b";")
    delta = b"".join(parts)
    return delta if len(delta) < len(after) else None


def _common_head(one: bytes, other: bytes) -> int:
    known, beyond = 0, min(len(one), len(other)) + 1
    while beyond - known > 1:
        middle = (known + beyond) // 2
        if one[known:middle] == other[known:middle]:
            known = middle
        else:
            beyond = middle
    while known and _inside_character(one, known, other):
        known -= 1
    return known


def _common_tail(one: bytes, other: bytes) -> int:
    known, beyond = 0, min(len(one), len(other)) + 1
    while beyond - known > 1:
        middle = (known + beyond) // 2
        if one[len(one) - middle :] == other[len(other) - middle :]:
            known = middle
        else:
            beyond = middle
    while known and one[len(one) - known] & 0xC0 == 0x80:
        known -= 1
    return known


def _inside_character(one: bytes, at: int, other: bytes) -> bool:
    return any(at < len(text) and text[at] & 0xC0 == 0x80 for text in (one, other))


def _number(value: int) -> bytes:
    digits = ""
    while True:
        digits = _DIGITS[value & 63] + digits
        value >>= 6
        if not value:
            return digits.encode()


def _checksum(text: bytes) -> int:
    padded = text + b"\0" * (-len(text) % 4)
    words = memoryview(padded).cast("I") if _BIG else memoryview(_swapped(padded)).cast("I")
    return sum(words) & 0xFFFFFFFF


def _swapped(text: bytes) -> bytes:
    turned = bytearray(len(text))
    turned[0::4], turned[1::4], turned[2::4], turned[3::4] = text[3::4], text[2::4], text[1::4], text[0::4]
    return bytes(turned)


_BIG = memoryview(b"\0\0\0\1").cast("I")[0] == 1
