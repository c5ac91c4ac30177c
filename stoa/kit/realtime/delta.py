"""Differences between one publication and the next, in the format of Fossil's deltas: copy, put in, check."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"
# What is looked for elsewhere is at least so long: a copy costs up to eight bytes to say.
_BLOCK = 16
_STRIDE = 256
# Places at which a block is looked for before the rest is put in as it is: about a millisecond.
_EFFORT = 8_192


def difference(before: bytes, after: bytes) -> bytes | None:
    """Return how to make `after` from `before`, None where saying it whole is no longer.

    What both begin and end with is copied, at the price of two comparisons: the shape of a state in which one value
    moved. Of the middle, the blocks that the old one has are copied and the rest is put in: a counter that leads and
    a word that ends are two changes with a long text between them. Cuts fall between characters, since JSON carries
    the delta as text.
    """
    head = _common_head(before, after)
    tail = _common_tail(before[head:], after[head:])
    parts = [_number(len(after)), b"\n"]
    if head:
        parts.append(_copied(head, 0))
    parts += _middle(before, after, head, tail)
    if tail:
        parts.append(_copied(tail, len(before) - tail))
    parts += (_number(_checksum(after)), b";")
    delta = b"".join(parts)
    return delta if len(delta) < len(after) else None


def _middle(before: bytes, after: bytes, head: int, tail: int) -> list[bytes]:
    """Copy what the middle of `before` has, wherever it stands there, and put in the rest."""
    stop, last = len(before) - tail, len(after) - tail
    blocks: dict[bytes, int] = {}
    for at in range(head, min(stop - _BLOCK + 1, head + _EFFORT * _BLOCK), _BLOCK):
        blocks.setdefault(before[at : at + _BLOCK], at)
    parts: list[bytes] = []
    said = at = head
    effort = _EFFORT if blocks else 0
    while effort > 0 and at + _BLOCK <= last:
        found = blocks.get(after[at : at + _BLOCK])
        effort -= 1
        if found is None:
            at += 1
            continue
        begin, end = _widened(before, after, found, at, within=(head, stop, said, last))
        if end - begin < _BLOCK:
            at += 1
            continue
        parts += _put_in(after[said:begin])
        parts.append(_copied(end - begin, found - at + begin))
        said = at = end
        effort -= _BLOCK
    return parts + _put_in(after[said:last])


def _widened(before: bytes, after: bytes, found: int, at: int, *, within: tuple[int, int, int, int]) -> tuple[int, int]:
    """Return from where to where `after` goes on as `before` does around a block they share, between characters."""
    first, stop, said, last = within
    begin, end = at, at + _BLOCK
    shift = found - at
    while begin > said and begin + shift > first and after[begin - 1] == before[begin - 1 + shift]:
        begin -= 1
    while end < last and end + shift < stop:
        ahead = min(_STRIDE, last - end, stop - end - shift)
        same = _common(after[end : end + ahead], before[end + shift : end + shift + ahead])
        end += same
        if same < ahead:
            break
    while end > begin and end < len(after) and after[end] & 0xC0 == 0x80:
        end -= 1
    while begin < end and after[begin] & 0xC0 == 0x80:
        begin += 1
    return begin, end


def _copied(size: int, place: int) -> bytes:
    return _number(size) + b"@" + _number(place) + b","


def _put_in(text: bytes) -> list[bytes]:
    return [_number(len(text)), b":", text] if text else []


def _common_head(one: bytes, other: bytes) -> int:
    known = _common(one, other)
    while known and _inside_character(one, known, other):
        known -= 1
    return known


def _common(one: bytes, other: bytes) -> int:
    known, beyond = 0, min(len(one), len(other)) + 1
    while beyond - known > 1:
        middle = (known + beyond) // 2
        if one[known:middle] == other[known:middle]:
            known = middle
        else:
            beyond = middle
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
