"""Finding the file behind a name: Open edX rewrites names on upload, authors quote them in five ways."""

import re
from urllib.parse import unquote

from stoa.services.courses.domain.files import Files

STATIC_REFERENCE = re.compile(
    r"""(?P<lead>["'(=]|&quot;|&\#34;|\\")\s*(?P<url>
        (?:https?://[^"'()\s<>&]+|(?:\.\.?/)+)?/?(?:static/|asset-v1:[^"'()\s<>&]+?type@asset(?:\+|/)block(?:@|/)|c4x/[^/"'()\s]+/[^/"'()\s]+/asset/)
        (?P<name>[^"'<>]{0,1024}?))(?P<tail>\s*(?:["')>]|&quot;|&\#34;|\\"|$))""",
    re.VERBOSE,
)
ASSET_URL = re.compile(
    r"^(?:https?://[^/]+|(?:\.\.?/)*)?/?(?:static/|asset-v1:.+?type@asset(?:\+|/)block(?:@|/)|c4x/[^/]+/[^/]+/asset/)(?P<name>.+)$"
)
ODD = re.compile(r"[^\w.%-]")


class StaticFiles:
    """The static folder of one course: looks names up as Open edX would and notes which were asked for."""

    def __init__(self, files: Files, *, folder: str) -> None:
        self._prefix = folder
        self._names = [name.removeprefix(self._prefix) for name in files.names() if name.startswith(self._prefix)]
        self._exact = set(self._names)
        self._flat: dict[str, str] = {}
        for name in sorted(self._names):
            self._flat.setdefault(flat_name(name), name)
            self._flat.setdefault(flat_name(name).lower(), name)
        self.used: set[str] = set()

    def find(self, name: str) -> str | None:
        """Return the name below the folder that a reference means, and remember that it is used."""
        bare = name.split("?", 1)[0].split("#", 1)[0].strip()
        for candidate in (name, bare, unquote(bare)):
            if candidate in self._exact:
                return self._use(candidate)
        flat = flat_name(unquote(bare))
        found = self._flat.get(flat) or self._flat.get(flat.lower())
        return self._use(found) if found else None

    def find_url(self, url: str) -> str | None:
        """Return the static name that a URL means, None for a URL of somewhere else."""
        match = ASSET_URL.match(url.strip())
        return self.find(match["name"]) if match else None

    def find_near(self, url: str) -> str | None:
        """Return the name that a bare relative link means, such as `notes.pdf`; only a file that is there counts."""
        bare = unquote(url.split("?", 1)[0].split("#", 1)[0]).removeprefix("./")
        return self._use(bare) if bare and ":" not in bare and bare in self._exact else None

    def path(self, name: str) -> str:
        """Return the path in the package of a static file."""
        return self._prefix + name

    def names(self) -> list[str]:
        """Return all names below the folder."""
        return list(self._names)

    def _use(self, name: str) -> str:
        self.used.add(name)
        return name


def is_asset_url(url: str) -> bool:
    """Tell whether a URL has one of the forms that name a course's own file."""
    return ASSET_URL.match(url.strip()) is not None


def flat_name(name: str) -> str:
    """Return a name as Open edX stores it: folders and odd characters become underscores."""
    return ODD.sub("_", name.replace("/", "_"))
