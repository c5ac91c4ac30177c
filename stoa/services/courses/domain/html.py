"""The one allow-list of stored HTML, and what is asked of a page: is it alive, what does it say, where does it lead."""

import re
from collections.abc import Callable
from html import unescape

import nh3

from stoa.kit.markup import check_nesting

Rewrite = Callable[[str], str | None]


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


MATH_TAGS = _set(
    """
    math semantics annotation mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom
    mfenced menclose msub msup msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr
    mlabeledtr mtd
    """
)
TAGS = MATH_TAGS | _set(
    """
    a abbr acronym address article aside audio b bdi bdo big blockquote br caption center cite code col colgroup
    data dd del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i
    img ins kbd li main map area mark menu nav ol p picture pre q rp rt ruby s samp section small source span
    strike strong sub summary sup table tbody td tfoot th thead time tr track tt u ul var video wbr
    """
)
MATH_ATTRIBUTES = _set(
    """
    display xmlns alttext mathvariant mathsize mathcolor mathbackground displaystyle scriptlevel stretchy fence
    form separator accent accentunder largeop movablelimits lspace rspace minsize maxsize symmetric
    linethickness width height depth columnalign rowalign columnspacing rowspacing columnlines rowlines frame
    framespacing columnspan rowspan encoding open close separators notation voffset bevelled numalign denomalign
    """
)
ATTRIBUTES: dict[str, set[str]] = {
    "*": {"class", "id", "title", "lang", "dir", "style", "align", "role", "tabindex", "hidden", "itemprop"},
    "a": {"href", "name", "target", "download", "hreflang", "type"},
    "area": {"alt", "coords", "href", "shape", "target"},
    "audio": {"src", "controls", "loop", "muted", "preload"},
    "bdo": {"dir"},
    "blockquote": {"cite"},
    "col": {"span", "width", "align", "valign"},
    "colgroup": {"span", "width", "align", "valign"},
    "data": {"value"},
    "del": {"cite", "datetime"},
    "details": {"open", "name"},
    "font": {"color", "face", "size"},
    "hr": {"size", "width", "noshade", "color"},
    "img": {"src", "alt", "width", "height", "border", "hspace", "vspace", "usemap", "loading", "longdesc"},
    "ins": {"cite", "datetime"},
    "li": {"value", "type"},
    "map": {"name"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "source": {"src", "type", "media"},
    "table": {"border", "cellpadding", "cellspacing", "width", "height", "bgcolor", "summary", "rules", "frame"},
    "tbody": {"valign"},
    "td": {"colspan", "rowspan", "headers", "width", "height", "valign", "bgcolor", "nowrap", "abbr"},
    "tfoot": {"valign"},
    "th": {"colspan", "rowspan", "headers", "scope", "width", "height", "valign", "bgcolor", "nowrap", "abbr"},
    "thead": {"valign"},
    "time": {"datetime"},
    "tr": {"valign", "bgcolor", "height"},
    "track": {"src", "kind", "srclang", "label", "default"},
    "ul": {"type"},
    "video": {"src", "poster", "controls", "width", "height", "loop", "muted", "preload", "playsinline"},
    **{tag: set(MATH_ATTRIBUTES) for tag in MATH_TAGS},
}
STYLES = _set(
    """
    background background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width
    border-collapse border-color border-left border-left-color border-left-style border-left-width border-radius
    border-right border-right-color border-right-style border-right-width border-spacing border-style border-top
    border-top-color border-top-style border-top-width border-width box-shadow box-sizing caption-side clear
    color column-count column-gap columns direction display flex flex-basis flex-direction flex-flow flex-grow
    flex-shrink flex-wrap float font font-family font-size font-style font-variant font-weight gap grid-gap
    grid-template-columns height align-items align-self justify-content letter-spacing line-height list-style
    list-style-type margin margin-bottom margin-left margin-right margin-top max-height max-width min-height
    min-width object-fit opacity order overflow overflow-x overflow-y padding padding-bottom padding-left
    padding-right padding-top page-break-after page-break-before page-break-inside table-layout text-align text-
    decoration text-indent text-shadow text-transform unicode-bidi vertical-align white-space width word-break
    word-spacing word-wrap overflow-wrap writing-mode hyphens
    """
)
SCHEMES = {"http", "https", "mailto", "tel", "asset", "block"}
# An author's names get a prefix, and what points at them too: none of them can stand for an element of the application.
PREFIX = "c-"
NAMING = frozenset({"id", "headers", "for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns"})
URL_ATTRIBUTES = frozenset({"href", "src", "poster", "cite", "longdesc"})

ALIVE = re.compile(
    r"<\s*(script|style|link|iframe|frame|frameset|object|embed|applet|form|input|button|select|textarea|canvas|svg|base|"
    r"noscript|template|dialog|meta\s+http-equiv)\b|<[^<>]+\son[a-z]+\s*=",
    re.IGNORECASE,
)
# One that is never closed goes on to the end, as browsers have it.
COMMENT = re.compile(r"<!--(?:(?>.*?-->)|.*)", re.DOTALL)
MUTE = re.compile(r"<(script|style|template|noscript|head)\b[^>]*>.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
ANNOTATION = re.compile(r"<annotation\b[^>]*>.*?</annotation>", re.DOTALL)
TAG = re.compile(r"<(?:\"[^\"]*\"|'[^']*'|[^'\">])*>")
WORD = re.compile(r"\w+")
POINTER = re.compile(r"\b(?:href|src|poster)\s*=\s*[\"']((?:asset|block):[^\"']+)[\"']")
STYLE_URL = re.compile(r"url\(\s*[\"']?(?P<url>[^\"')]*)[\"']?\s*\)", re.IGNORECASE)
OLX_POINTER = re.compile(r"\b(?:href|src)\s*=\s*[\"']([^\"']*(?:/static/|/jump_to(?:_id)?/|asset-v1:)[^\"']*)[\"']")
IMAGE = re.compile(r"<img\b(?:\"[^\"]*\"|'[^']*'|[^'\">])*>", re.IGNORECASE)


def sanitise(html: str, *, rewrite: Rewrite | None = None) -> str:
    """Return the fragment with nothing in it but the allow-list; `rewrite` maps each URL, None removes it."""

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return _safe_style(value, rewrite)
        if name in NAMING or (name == "name" and tag in ("a", "map")):
            return " ".join(_prefixed(word) for word in value.split())
        if name in URL_ATTRIBUTES and rewrite is not None:
            value = rewrite(value) or ""
        if name in ("href", "usemap") and value.startswith("#") and len(value) > 1:
            return f"#{_prefixed(value[1:])}"
        return value or None if rewrite is not None and name in URL_ATTRIBUTES else value

    return nh3.clean(
        check_nesting(html),
        tags=set(TAGS),
        clean_content_tags={"script", "style", "template"},
        attributes=ATTRIBUTES,
        attribute_filter=attribute,
        filter_style_properties=set(STYLES),
        generic_attribute_prefixes={"data-", "aria-"},
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer",
    )


def _prefixed(name: str) -> str:
    return name if name.startswith(PREFIX) else PREFIX + name


def _safe_style(style: str, rewrite: Rewrite | None) -> str | None:
    """Return a style whose pictures are the course's own or come over https."""

    def picture(match: re.Match[str]) -> str:
        url = (rewrite(match["url"]) if rewrite else match["url"]) or ""
        return f"url({url})" if re.match(r"(?:https:|asset:)[^\s\"'()]*$", url) else "none"

    return STYLE_URL.sub(picture, style) or None


def is_alive(html: str) -> bool:
    """Tell whether a page needs scripts, styles, forms or frames, which only the sandbox may run."""
    return ALIVE.search(COMMENT.sub("", html)) is not None


def plain_text(html: str) -> str:
    """Return what a reader sees of a fragment, without tags, scripts and the TeX behind formulas."""
    return unescape(TAG.sub(" ", ANNOTATION.sub(" ", MUTE.sub(" ", html))))


def words(html: str) -> list[str]:
    """Return the words of a fragment in reading order, in lower case."""
    return WORD.findall(plain_text(html).lower())


def pointers(html: str) -> list[str]:
    """Return the `asset:` and `block:` URLs of a fragment."""
    return [unescape(found) for found in POINTER.findall(html)]


def unresolved_pointers(html: str) -> list[str]:
    """Return the URLs that an import had to leave in their Open edX form because the package held no target."""
    return [unescape(found) for found in OLX_POINTER.findall(html)]


def images_without_text(html: str) -> int:
    """Count the pictures that have no alt attribute; an empty one says that the picture is decoration."""
    return sum(1 for image in IMAGE.findall(html) if not re.search(r"\salt\s*=", image))
