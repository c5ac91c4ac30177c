"""Signed addresses of an S3 store (Signature Version 4 in the query), which may fix the answer's type and file name."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from stoa.kit.contract import Struct

LONGEST = timedelta(days=7)


class S3Access(Struct, frozen=True, kw_only=True):
    """What is needed to sign for a bucket."""

    endpoint: str
    bucket: str
    region: str
    access_key: str
    secret_key: str


def presigned_url(access: S3Access, place: str, *, at: datetime, expires: timedelta, query: Mapping[str, str]) -> str:
    """Return an address to GET an object until it expires, with the answer's headers fixed by `query`.

    The library under us can sign, but not fix the type and the name of the answer.
    """
    moment = at.astimezone(UTC)
    date = f"{moment:%Y%m%d}"
    scope = f"{date}/{access.region}/s3/aws4_request"
    parts = urlsplit(access.endpoint)
    path = f"{parts.path.rstrip('/')}/{access.bucket}/{quote(place, safe='/~')}"
    asked = {
        **query,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{access.access_key}/{scope}",
        "X-Amz-Date": f"{moment:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": str(int(min(expires, LONGEST).total_seconds())),
        "X-Amz-SignedHeaders": "host",
    }
    canonical_query = "&".join(f"{quote(name, safe='~')}={quote(asked[name], safe='~')}" for name in sorted(asked))
    request = "\n".join(["GET", path, canonical_query, f"host:{parts.netloc}\n", "host", "UNSIGNED-PAYLOAD"])
    digest = hashlib.sha256(request.encode()).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", f"{moment:%Y%m%dT%H%M%SZ}", scope, digest])
    key = f"AWS4{access.secret_key}".encode()
    for word in (date, access.region, "s3", "aws4_request"):
        key = hmac.digest(key, word.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    return f"{parts.scheme}://{parts.netloc}{path}?{canonical_query}&X-Amz-Signature={signature}"
