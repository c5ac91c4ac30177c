"""What a course says beside its outline: policies, the about pages, handouts, updates, tabs and textbooks."""

from html import escape
from typing import Any

import msgspec

from stoa.services.courses.domain.bundle import CourseFields, Outcome, PageText
from stoa.services.courses.domain.files import Files
from stoa.services.courses.domain.html import plain_text
from stoa.services.courses.domain.olx.blocks import Blocks
from stoa.services.courses.domain.olx.markup import decode_text
from stoa.services.courses.domain.olx.policy import instant, licence_of
from stoa.services.courses.domain.olx.static import StaticFiles
from stoa.services.courses.domain.olx.walk import Element

Json = dict[str, Any]  # any: policies are JSON of whatever shape an edX release wrote
FOLDERS = ("about/", "info/", "policies/", "tabs/")
LISTS = ("assets/assets.xml", "assets/assets.json", "policies/assets.json")
PAGES = (".html", ".htm", ".items.json")
PICTURES = ("course_image", "banner_image", "video_thumbnail_image")
# A name, a date or an address is no page.
TELLING = 8
# Secrets of the old platform (LTI keys, e-mails of staff) are not carried over.
KEPT = ("grading_policy", "short_description", "effort", "duration", "entrance_exam_enabled")


class About:
    """Reads the files that belong to the course as a whole."""

    def __init__(self, files: Files, *, root: str, course: Element) -> None:
        self._files, self._root, self._course = files, root, course
        names = set(files.names())
        self.reached = {
            name for name in names if any(name.startswith(root + folder) for folder in FOLDERS) or name in
            {root + listed for listed in LISTS}
        }  # fmt: skip
        self._run = run = course.url_name
        self._policy = self._json(f"policies/{run}/policy.json") or self._json(f"policies/{run}.json")
        self._grading = self._text(f"policies/{run}/grading_policy.json") or self._text("grading_policy.json")
        self.reached |= {root + "grading_policy.json"} & names
        self._textbooks: list[tuple[str, str]] = []
        self._wiki = ""
        course.attributes = {**course.attributes, **self.policy_of(course)}
        self.language = course.attributes.get("language") or "en"

    def policy_of(self, element: Element) -> dict[str, str]:
        """Return the attributes that the policy sets over an element's own."""
        found = self._policy.get(element.key)
        if not isinstance(found, dict):
            return {}
        return {
            name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
            for name, value in found.items()
        }

    def fields(self, static: StaticFiles) -> CourseFields:
        """Return the course's own fields."""
        given = self._course.attributes
        title = given.get("display_name") or given.get("name") or self._course.url_name
        image = static.find(given.get("course_image") or "images_course_image.jpg")
        summary = plain_text(self._text("about/short_description.html")).strip()
        number = [part for part in (given.get("org", ""), given.get("course", ""), self._course.url_name) if part]
        return CourseFields(
            title=title.strip('"'),
            slug="-".join(number),
            summary=" ".join(summary.split())[:500],
            language=self.language.strip('"') or "en",
            licence=licence_of(given.get("license", "")),
            image=image or "",
            starts_at=instant(given.get("start")),
            ends_at=instant(given.get("end")),
        )

    def pages(self, blocks: Blocks) -> list[PageText]:
        """Return the pages beside the outline, TeX and links converted."""
        sources = [
            ("overview", "About this course", self._text("about/overview.html")),
            *self._more_about(),
            ("handouts", "Handouts", self._text("info/handouts.html")),
            ("updates", "Updates", self._updates()),
            *self._tabs(),
        ]
        if self._textbooks or self._policy_textbooks():
            listed = [*self._textbooks, *self._policy_textbooks()]
            rows = "".join(f'<li><a href="{escape(url)}">{escape(title)}</a></li>' for title, url in listed)
            sources.append(("textbooks", "Textbooks", f"<ul>{rows}</ul>"))
        return [
            PageText(key=key, title=title, html=blocks.aside(html))
            for key, title, html in sources
            if plain_text(html).strip() or "<img" in html
        ]

    def named(self) -> list[str]:
        """Return every text in which the course may name a file: its pages, listed or not, and its own fields."""
        pages = [decode_text(self._files.read(name)) for name in sorted(self.reached) if name.endswith(PAGES)]
        given = self._course.attributes
        return [*pages, *given.values(), *(f'"/static/{given[name]}"' for name in PICTURES if given.get(name))]

    def extras(self) -> dict[str, str]:
        """Return what is kept for later as it was written: the grading policy and the small about texts."""
        kept = {"grading_policy": self._grading, "wiki": self._wiki}
        for name in sorted(self.reached):
            stem = name.removeprefix(self._root + "about/").removesuffix(".html")
            if name.startswith(self._root + "about/") and stem in KEPT:
                kept[stem] = self._text(f"about/{stem}.html")
        return {name: text for name, text in kept.items() if text.strip()}

    def aside(self, element: Element) -> tuple[Outcome, str]:
        """Tell what becomes of an element that is no part of the outline."""
        if element.tag == "wiki":
            # All that an export holds of a wiki is its address; Open edX keeps the pages elsewhere.
            self._wiki = element.attributes.get("slug", "")
            return Outcome.IMPORTED, "the address is kept; the pages of a wiki are never part of an export"
        title, url = element.attributes.get("title", "Textbook"), element.attributes.get("book_url", "")
        if url:
            self._textbooks.append((title, url))
            return Outcome.IMPORTED, "listed on the page of textbooks"
        return Outcome.SKIPPED, "a textbook without an address"

    def asset_licences(self) -> dict[str, str]:
        """Return the licences that the list of assets gives, by file name."""
        listed = self._json("policies/assets.json")
        return {
            name: licence_of(entry["license"])
            for name, entry in listed.items()
            if isinstance(entry, dict) and isinstance(entry.get("license"), str)
        }

    def _more_about(self) -> list[tuple[str, str, str]]:
        """Return what else older courses tell of themselves: requirements, questions and answers, a syllabus."""
        folders = (f"{self._root}about/", f"{self._root}about/{self._run}/")
        stems = sorted({
            name.rpartition("/")[2].removesuffix(".html")
            for name in self.reached
            if name.endswith(".html") and f"{name.rpartition('/')[0]}/" in folders
        } - {"overview", *KEPT})  # fmt: skip
        told = [(stem, self._text(f"about/{stem}.html")) for stem in stems]
        return [
            (f"about-{stem}", stem.replace("_", " ").capitalize(), html)
            for stem, html in told
            if len(plain_text(html).split()) >= TELLING
        ]

    def _tabs(self) -> list[tuple[str, str, str]]:
        tabs = self._of_course().get("tabs", [])
        found = []
        for tab in tabs if isinstance(tabs, list) else []:
            if isinstance(tab, dict) and tab.get("type") == "static_tab" and isinstance(tab.get("url_slug"), str):
                html = self._text(f"tabs/{tab['url_slug']}.html")
                found.append((f"tab-{tab['url_slug']}", str(tab.get("name", tab["url_slug"])), html))
        return found

    def _updates(self) -> str:
        text = self._text("info/updates.items.json")
        if not text.strip():
            return self._text("info/updates.html")
        try:
            items = msgspec.json.decode(text, type=list[dict[str, Any]])  # any: as written by edX
        except msgspec.DecodeError:
            return self._text("info/updates.html")
        shown = [item for item in items if item.get("status", "visible") == "visible"]
        return "".join(f"<h2>{escape(str(item.get('date', '')))}</h2>{item.get('content', '')}" for item in shown)

    def _of_course(self) -> Json:
        found = self._policy.get(self._course.key)
        return found if isinstance(found, dict) else {}

    def _policy_textbooks(self) -> list[tuple[str, str]]:
        policy = self._of_course()
        books = [*_books(policy.get("pdf_textbooks")), *_books(policy.get("html_textbooks"))]
        return [
            (f"{book.get('tab_title', '')}: {chapter.get('title', '')}".strip(": "), str(chapter["url"]))
            for book in books
            for chapter in _books(book.get("chapters"))
            if chapter.get("url")
        ]

    def _text(self, name: str) -> str:
        folder, _, rest = name.partition("/")
        # A course of several runs keeps what only one of them says in a folder of the run's name.
        for path in (f"{self._root}{folder}/{self._run}/{rest}", self._root + name):
            if path in self.reached:
                return decode_text(self._files.read(path))
        return ""

    def _json(self, name: str) -> Json:
        text = self._text(name)
        try:
            return msgspec.json.decode(text, type=Json) if text.strip() else {}
        except msgspec.DecodeError:
            return {}


def _books(found: object) -> list[Json]:
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
