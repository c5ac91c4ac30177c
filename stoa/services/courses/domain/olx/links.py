"""References inside an Open edX course: its own files become `asset:NAME`, its own blocks `block:ID`."""

import re
from html import unescape
from urllib.parse import quote, unquote

from stoa.services.courses.contract import NodeId
from stoa.services.courses.domain.olx.static import STATIC_REFERENCE, StaticFiles, is_asset_url

JUMP = re.compile(
    r"(?:^|/)(?:jump_to_id/(?P<id>[^/?#]+)|jump_to/(?:i4x:/?/?[^/]+/[^/]+/[^/]+/(?P<old>[^/?#@]+)"
    r"|block-v1:[^/]*?type@[\w-]+\+block@(?P<new>[^/?#]+)))"
)
COURSEWARE = re.compile(r"^(?:/courses?/[^?#]*?|/course/|\.\./|/)courseware/(?P<path>[^?#]+)")
RAW_LINK = re.compile(
    r"""(?P<lead>\bhref\s*=\s*\\?(?:["']|&quot;|&\#34;))(?P<url>[^"'<>]*?)(?P<tail>["']|&quot;|&\#34;|\\")""",
    re.VERBOSE,
)


class Links:
    """Rewrites the URLs of one course and gathers what they point to in vain."""

    def __init__(self, static: StaticFiles, blocks: dict[str, NodeId]) -> None:
        self._static, self._blocks = static, blocks
        self._missing: list[str] = []

    def rewrite(self, url: str) -> str:
        """Return one URL in Stoa's form, or as it is when it leads elsewhere or nowhere."""
        stripped = url.strip()
        found = self._static.find_url(stripped)
        if found is not None:
            return asset_url(found)
        if is_asset_url(stripped) and not stripped.startswith(("http:", "https:")):
            self._missing.append(stripped)
            return url
        near = self._static.find_near(stripped)
        return asset_url(near) if near is not None else self._block(stripped) or url

    def rewrite_raw(self, text: str) -> str:
        """Rewrite the references of a page or problem and leave every other byte as it is."""

        def asset(match: re.Match[str]) -> str:
            url = self.rewrite(unescape(match["url"]))
            return f"{match['lead']}{url}{match['tail']}" if url.startswith("asset:") else match.group()

        def link(match: re.Match[str]) -> str:
            url = self._block(unescape(match["url"]).strip())
            return f"{match['lead']}{url}{match['tail']}" if url else match.group()

        return RAW_LINK.sub(link, STATIC_REFERENCE.sub(asset, text))

    def take_missing(self) -> list[str]:
        """Return the references without target since the last call."""
        missing, self._missing = sorted(set(self._missing)), []
        return missing

    def _block(self, url: str) -> str | None:
        jump = JUMP.search(url)
        if jump is not None:
            name = unquote(jump["id"] or jump["old"] or jump["new"])
            if name in self._blocks:
                return f"block:{self._blocks[name]}"
            self._missing.append(url)
            return None
        path = COURSEWARE.match(url)
        if path is not None:
            for name in reversed([unquote(part) for part in path["path"].split("/") if part]):
                if name in self._blocks:
                    return f"block:{self._blocks[name]}"
        return None


def asset_url(name: str) -> str:
    """Return the stored URL of a course's own file."""
    return "asset:" + quote(name, safe="/+@,~")
