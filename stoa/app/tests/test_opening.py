"""What pages are opened with, before their code has run."""

import asyncio
import json
from pathlib import Path

from stoa.app.opening import Openings, PageRoute, openings_in
from stoa.kit.http.app import Receive, Scope, Send

ROUTES = [
    PageRoute(
        path="/c/$course", code={"en": ["/assets/course.js"], "ar": ["/assets/ar.js"]}, asks=["/api/v1/courses/$course"]
    ),
    PageRoute(path="/try/$unit", code={"en": ["/assets/try.js"]}, asks=["/api/v1/try/$course/$unit"]),
    PageRoute(path="/learn/$course/$unit", code={"en": ["/assets/unit.js"]}),
    PageRoute(path="/learn/$course/progress", code={"en": ["/assets/progress.js"]}),
]
LOGIC = {"title": "Logic", "summary": "Think straight.", "image_url": "/media/logic.svg"}


class Platform:
    """Answers with what it has, and remembers what it was asked."""

    def __init__(self, answers: dict[str, object], *, is_stuck: bool = False) -> None:
        self.answers = answers
        self.is_stuck = is_stuck
        self.asked: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self.asked.append(scope)
        if self.is_stuck:
            await asyncio.Event().wait()
        answer = self.answers.get(scope["raw_path"].decode())
        await send({"type": "http.response.start", "status": 404 if answer is None else 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


def a_scope(path: str, *, query: str = "", headers: dict[str, str] | None = None) -> Scope:
    sent = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return {"type": "http", "method": "HEAD", "path": path, "query_string": query.encode(), "headers": sent}


def openings(platform: Platform) -> Openings:
    return Openings(ROUTES, api=lambda: platform)


async def test_a_course_page_is_opened_with_its_code_its_title_and_its_answer() -> None:
    platform = Platform({"/api/v1/courses/logic": LOGIC})

    opening = await openings(platform)(a_scope("/c/logic"))

    assert (opening.code, opening.images) == (("/assets/course.js",), ("/media/logic.svg",))
    assert (opening.title, opening.line) == ("Logic", "Think straight.")
    assert list(opening.answers) == ["/api/v1/courses/logic"]


async def test_the_platform_is_asked_as_a_guest_whoever_reads_the_page() -> None:
    platform = Platform({"/api/v1/courses/logic": LOGIC})
    secrets = {
        "cookie": "stoa_refresh=secret",
        "authorization": "Bearer secret",
        "if-none-match": '"1"',
        "host": "stoa.test",
    }

    await openings(platform)(a_scope("/c/logic", headers=secrets))

    (asked,) = platform.asked
    assert (asked["method"], asked["headers"]) == ("GET", [(b"host", b"stoa.test")])


async def test_a_name_of_the_address_stays_one_part_of_what_is_asked() -> None:
    platform = Platform({})

    await openings(platform)(a_scope("/try/u1", query="course=../../identity/me?x=1"))

    assert [one["raw_path"] for one in platform.asked] == [b"/api/v1/try/..%2F..%2Fidentity%2Fme%3Fx%3D1/u1"]


async def test_nothing_is_asked_where_the_address_lacks_a_name() -> None:
    platform = Platform({})

    opening = await openings(platform)(a_scope("/try/u1"))

    assert (opening.code, platform.asked) == (("/assets/try.js",), [])


async def test_a_page_opens_with_its_code_alone_where_the_answer_is_late_or_not_a_good_one() -> None:
    for platform in (Platform({}), Platform({"/api/v1/courses/logic": LOGIC}, is_stuck=True)):
        opening = await openings(platform)(a_scope("/c/logic"))

        assert (opening.code, opening.title, opening.answers) == (("/assets/course.js",), "", {})


async def test_an_answer_that_is_about_many_things_gives_the_page_no_title() -> None:
    for answer in ([LOGIC], {"items": [LOGIC]}, {"title": None}):
        opening = await openings(Platform({"/api/v1/courses/logic": answer}))(a_scope("/c/logic"))

        assert (opening.title, list(opening.answers)) == ("", ["/api/v1/courses/logic"])


async def test_a_route_without_names_is_taken_before_one_with() -> None:
    ask = openings(Platform({}))

    assert (await ask(a_scope("/learn/logic/progress"))).code == ("/assets/progress.js",)
    assert (await ask(a_scope("/learn/logic/u1"))).code == ("/assets/unit.js",)
    assert (await ask(a_scope("/nowhere"))).code == ()


async def test_the_words_sent_along_are_of_the_readers_language_else_english() -> None:
    ask = openings(Platform({}))

    assert (await ask(a_scope("/c/logic", headers={"accept-language": "ar-EG,en;q=0.5"}))).code == ("/assets/ar.js",)
    assert (await ask(a_scope("/c/logic", headers={"accept-language": "de"}))).code == ("/assets/course.js",)


def test_a_build_that_describes_no_routes_opens_its_pages_bare(tmp_path: Path) -> None:
    assert openings_in(tmp_path, api=lambda: Platform({})) is None
