"""A second, simple-minded reader of OLX, written apart from the real one, to count and read what it should find."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

HOLDERS = {"course", "chapter", "sequential", "vertical", "library_content", "split_test", "conditional", "wrapper",
           "randomize", "itembank", "videosequence", "problemset", "unit", "section"}  # fmt: skip
COURSE_FILES = ("about/", "info/", "policies/", "tabs/", "assets/assets.xml", "assets/assets.json")


class Count:
    """Every element from the root down, the files that hold them, and the pages that learners read."""

    def __init__(self, root: Path) -> None:
        self.source = root
        roots = sorted(root.rglob("course.xml"), key=lambda path: len(path.parts))
        self.base = roots[0].parent
        self.files: set[Path] = set()
        self.elements: list[str] = []
        self.pages: dict[str, str] = {}
        self._visit(self._load(roots[0]))

    def _load(self, path: Path) -> ElementTree.Element:
        self.files.add(path)
        return ElementTree.fromstring(path.read_bytes())

    def _visit(self, element: ElementTree.Element) -> None:
        self.elements.append(element.tag)
        name = (element.get("url_name") or "").replace(":", "/")
        path = self.base / element.tag / f"{name}.xml"
        if not len(element) and not (element.text or "").strip() and name and path.is_file():
            element = self._load(path)
        if element.tag == "html":
            self._page(element, name)
        if element.tag in HOLDERS:
            for child in element:
                self._visit(child)

    def _page(self, element: ElementTree.Element, name: str) -> None:
        body = self.base / "html" / f"{(element.get('filename') or name).replace(':', '/')}.html"
        if body.is_file():
            self.files.add(body)
            self.pages[f"html/{name}"] = body.read_text(encoding="utf-8")
        else:
            inner = (element.text or "") + "".join(ElementTree.tostring(child, encoding="unicode") for child in element)
            self.pages[f"html/{name}"] = inner

    def unreached(self, referenced: set[str]) -> set[str]:
        """Return the files that nothing reaches, given the static files that are referenced."""
        found = set()
        for path in self.source.rglob("*"):
            if not path.is_file() or path in self.files:
                continue
            inside = path.relative_to(self.base).as_posix() if path.is_relative_to(self.base) else ""
            if not inside.startswith(COURSE_FILES) and inside not in referenced:
                found.add(path.relative_to(self.source).as_posix())
        return found


def references(base: Path, files: set[Path]) -> set[str]:
    """Return the static files whose name stands in some file of the course, by brute force."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    texts += [path.read_text(encoding="utf-8", errors="replace") for path in base.glob("policies/**/*.json")]
    texts += [path.read_text(encoding="utf-8", errors="replace") for path in base.glob("info/*")]
    texts += [path.read_text(encoding="utf-8", errors="replace") for path in base.glob("about/*")]
    everything = json.dumps("\n".join(texts))
    found = set()
    for path in (base / "static").rglob("*"):
        name = path.relative_to(base / "static").as_posix()
        flat = re.sub(r"[^\w.%-]", "_", name.replace("/", "_"))
        if path.is_file() and any(
            re.search(rf"(?<![\w.-]){re.escape(form)}(?![\w.-])", everything) for form in (name, flat)
        ):
            found.add(f"static/{name}")
    return found
