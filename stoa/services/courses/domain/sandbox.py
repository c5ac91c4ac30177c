"""Authors' pages with scripts: where the sandbox of the content origin finds one, and the document it becomes."""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from uuid import UUID

from stoa.kit.contract import OrganizationId, Struct
from stoa.services.courses.contract import CourseId, NodeId, SnapshotId

_DIGEST_BYTES = 24
_BODY_BYTES = 16 * 3 + 8 + 32
_DRAFT = bytes(32)
# Atomic and possessive: a page of nothing but comments would otherwise be tried in every way to part them.
_WHOLE = re.compile(r"\s*+(?:<!--(?>.*?-->)\s*+)*+(<!doctype\b|<html\b)", re.I | re.S)
_HEAD = re.compile(r"<head\b[^>]*>", re.I)
# Pages are as high as their content, and gone where they only bring styles and scripts; the player is told, for it
# cannot look into another origin.
_TELL_HEIGHT = (
    "<script>(function(){var last,root=document.documentElement,"
    "seen='img,svg,canvas,video,audio,iframe,object,embed,input,select,textarea,button,math,hr,table';"
    "function height(){var body=document.body;if(!body||!(body.innerText.trim()||body.querySelector(seen)))return 0;"
    "return Math.ceil(Math.max(root.getBoundingClientRect().height,body.scrollHeight))}"
    "function tell(){var h=height();"
    "if(h!==last){last=h;parent.postMessage({type:'stoa.height',height:h},'*')}}"
    "addEventListener('load',tell);if(window.ResizeObserver)addEventListener('DOMContentLoaded',"
    "function(){new ResizeObserver(tell).observe(root)})})()</script>"
)
# Browsers show no PDF in a sandbox, other hosts may refuse to be framed, and a program may not come: what can be known
# of it is told, and the player offers the way around.
_TELL_LACKING = (
    "<script>(function(){var missing=[];"
    "addEventListener('error',function(e){var n=e.target;if(n&&n.tagName==='SCRIPT'&&n.src)missing.push(n.src)},true);"
    "addEventListener('load',function(){var framed=[];"
    "document.querySelectorAll('iframe[src],embed[src],object[data]').forEach(function(n){var url=n.src||n.data;"
    "try{var u=new URL(url,document.baseURI);if(/^https?:$/.test(u.protocol)&&(u.origin!==location.origin||"
    "n.type==='application/pdf'||/\\.pdf$/i.test(u.pathname)))framed.push(u.href)}catch(_){}});"
    "if(framed.length||missing.length)parent.postMessage({type:'stoa.lacking',framed:framed,missing:missing},'*')})"
    "})()</script>"
)
# The sandbox has no storage, and a script that asks for it would end there: it gets one that lasts as long as the page.
_STORAGE = (
    "<script>['localStorage','sessionStorage'].forEach(function(name){try{window[name]}catch(_){var kept=new Map();"
    "Object.defineProperty(window,name,{value:{getItem:function(k){k=String(k);return kept.has(k)?kept.get(k):null},"
    "setItem:function(k,v){kept.set(String(k),String(v))},removeItem:function(k){kept.delete(String(k))},"
    "clear:function(){kept.clear()},key:function(n){return Array.from(kept.keys())[n]??null},"
    "get length(){return kept.size}}})}})</script>"
)
_STYLE = "<style>body{margin:1rem;font-family:system-ui,sans-serif;line-height:1.5}img,video{max-width:100%}</style>"


class Place(Struct, frozen=True, kw_only=True):
    """A block of a snapshot; without one of the draft, and then only until a moment."""

    organization: OrganizationId
    course: CourseId
    node: NodeId
    snapshot: SnapshotId | None = None
    until: datetime | None = None


class SandboxPage(Struct, frozen=True, kw_only=True):
    """A whole document for the content origin; `is_final` when it never changes under its address.

    It runs its author's scripts in the sandbox, unless it does nothing but frame a page from elsewhere.
    """

    html: str
    is_final: bool
    is_elsewhere: bool = False


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """The second origin as courses sees it: signed addresses of pages."""

    secret: bytes
    content_url: str
    public_url: str

    def url_of(self, place: Place) -> str:
        """Return the address of a page that a frame may show."""
        body = place.organization.bytes + place.course.bytes + place.node.bytes
        body += (int(place.until.timestamp()) if place.until else 0).to_bytes(8, "big")
        body += bytes.fromhex(place.snapshot) if place.snapshot else _DRAFT
        token = base64.urlsafe_b64encode(body + self._digest(body)).decode().rstrip("=")
        return f"{self.content_url}/embed/{token}"

    def place_of(self, token: str, *, now: datetime) -> Place | None:
        """Return what an address leads to, None where we did not sign it or it is over."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            return None
        body, digest = raw[:_BODY_BYTES], raw[_BODY_BYTES:]
        if len(raw) != _BODY_BYTES + _DIGEST_BYTES or not hmac.compare_digest(digest, self._digest(body)):
            return None
        seconds = int.from_bytes(body[48:56], "big")
        until = datetime.fromtimestamp(seconds, UTC) if seconds else None
        if until is not None and until < now:
            return None
        return Place(
            organization=OrganizationId(UUID(bytes=body[:16])),
            course=CourseId(UUID(bytes=body[16:32])),
            node=NodeId(UUID(bytes=body[32:48])),
            snapshot=SnapshotId(body[56:].hex()) if body[56:] != _DRAFT else None,
            until=until,
        )

    def outward(self, url: str) -> str:
        """Return an address for a page of the second origin: files lie there too, lessons do not."""
        return f"{self.public_url}{url}" if url.startswith("/learn/") else url

    def _digest(self, body: bytes) -> bytes:
        return hmac.digest(self.secret, body, "sha256")[:_DIGEST_BYTES]


def frame_of(url: str, *, title: str, language: str) -> str:
    """Return a document without a script that shows another host's page, which keeps its own origin and no more."""
    return (
        f'<!doctype html><html lang="{escape(language or "en")}"><head><meta charset="utf-8"><title>{escape(title)}'
        "</title><style>html,body{margin:0;height:100%}iframe{display:block;width:100%;height:100%;border:0}</style>"
        f'</head><body><iframe src="{escape(url)}" title="{escape(title)}" allow="fullscreen"'
        ' sandbox="allow-scripts allow-forms allow-popups allow-same-origin allow-presentation"'
        ' referrerpolicy="strict-origin"></iframe></body></html>'
    )


def document(html: str, *, title: str, language: str) -> str:
    """Return a page of an author as a whole document: links open beside it, it tells its height and finds a storage."""
    extras = f'<base target="_blank">{_STORAGE}{_TELL_HEIGHT}{_TELL_LACKING}'
    if _WHOLE.match(html):
        found = _HEAD.search(html)
        return html[: found.end()] + extras + html[found.end() :] if found else html
    return (
        f'<!doctype html><html lang="{escape(language or "en")}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"{_STYLE}{extras}</head><body>{html}</body></html>"
    )
