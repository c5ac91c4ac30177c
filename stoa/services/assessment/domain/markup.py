"""The one allow-list for HTML that people write: what is not named here does not reach a page."""

import html
import re

import nh3

from stoa.kit.markup import check_nesting
from stoa.services.assessment.domain import mathml

ELEMENTS = (
    "a abbr address article aside audio b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div "
    "dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p picture pre q "
    "rp rt ruby s samp section small source span strong sub summary sup table tbody td tfoot th thead time tr track u "
    "ul var video wbr"
)
TAGS = frozenset(ELEMENTS.split())
RENAMED = {
    "center": "div",
    "font": "span",
    "tt": "code",
    "strike": "s",
    "big": "span",
    "acronym": "abbr",
    "clarification": "small",
    "nobr": "span",
    "dir": "ul",
    "fieldset": "div",
    "legend": "p",
}
VOID = frozenset({"br", "hr", "img", "col", "wbr", "source", "track"})
COMMON = "class lang dir title role aria-label aria-labelledby aria-describedby aria-hidden aria-level data-part id"
EVERYWHERE = frozenset(COMMON.split())
ATTRIBUTES = {
    "a": {"href", "hreflang", "target"},
    "img": {"src", "alt", "width", "height", "srcset", "loading"},
    "audio": {"src", "controls", "preload"},
    "video": {"src", "controls", "preload", "poster", "width", "height"},
    "source": {"src", "type", "media"},
    "track": {"src", "kind", "srclang", "label"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope", "abbr"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "time": {"datetime"},
    "details": {"open"},
    "ins": {"datetime", "cite"},
    "del": {"datetime", "cite"},
}
SCHEMES = {"http", "https", "mailto", "asset", "block"}
TAG = re.compile(r"<[^>]*>")

_CLEANER = nh3.Cleaner(
    tags=set(TAGS | mathml.ELEMENTS),
    clean_content_tags={"script", "style"},
    attributes={
        **{tag: set(own) for tag, own in ATTRIBUTES.items()},
        **{tag: set(mathml.ATTRIBUTES) for tag in mathml.ELEMENTS},
        "*": set(EVERYWHERE),
    },
    url_schemes=SCHEMES,
    link_rel="noopener noreferrer",
    id_prefix="c-",
)


def clean(fragment: str) -> str:
    """Return the fragment with only allowed elements, attributes and addresses; cleaning twice changes nothing."""
    return _CLEANER.clean(check_nesting(fragment).replace("\x00", "").replace('id="c-', 'id="')).strip()


def address(url: str) -> str:
    """Return an image or asset address, or nothing where its scheme is not allowed."""
    url = url.strip()
    scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", url)
    if scheme and scheme[1].lower() not in SCHEMES and not url.startswith("data:image/"):
        return ""
    return url


def words(fragment: str) -> list[str]:
    """Return the words a reader sees in a fragment."""
    return html.unescape(TAG.sub(" ", fragment)).split()


def text(fragment: str) -> str:
    """Return a fragment as one line of plain text."""
    return " ".join(html.unescape(TAG.sub("", fragment)).split())
