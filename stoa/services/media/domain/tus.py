"""The headers of the upload protocol tus 1.0: metadata, checksums."""

import base64
import binascii
import hashlib

from stoa.services.media.contract import UploadMalformed

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
ALGORITHMS = ("sha1", "sha256")
PIECE_TYPE = "application/offset+octet-stream"
_LONGEST_METADATA = 8_192


class Checksum:
    """What a piece must come to."""

    def __init__(self, header: str) -> None:
        algorithm, _, text = header.partition(" ")
        if algorithm not in ALGORITHMS:
            raise UploadMalformed(f"The checksum algorithm is one of {', '.join(ALGORITHMS)}, not {algorithm[:20]!r}.")
        try:
            self._wanted = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise UploadMalformed("The Upload-Checksum is not base64.") from None
        self._digest = hashlib.new(algorithm, usedforsecurity=False)

    def update(self, chunk: bytes) -> None:
        """Take more of the piece in."""
        self._digest.update(chunk)

    def is_right(self) -> bool:
        """Tell whether all that was taken in comes to it."""
        return self._digest.digest() == self._wanted


def number(header: str | None, name: str) -> int:
    """Read a header that is a number of bytes."""
    if header is None or not header.isdigit() or len(header) > 15:
        raise UploadMalformed(f"The header {name} is a number of bytes.")
    return int(header)


def metadata(header: str) -> dict[str, str]:
    """Read an Upload-Metadata header: names with base64 values."""
    if len(header) > _LONGEST_METADATA:
        raise UploadMalformed("The Upload-Metadata is too long.")
    found = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _, text = pair.partition(" ")
        try:
            found[name] = base64.b64decode(text, validate=True).decode()
        except (binascii.Error, ValueError):
            raise UploadMalformed(f"The Upload-Metadata of {name[:40]!r} is not base64 of UTF-8.") from None
    return found
