"""What pages are opened with, before their code has run."""

import asyncio
import json
from pathlib import Path

import httpx

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


async def test_the_first_pictures_of_a_list_are_fetched_early() -> None:
    answer = {"items": [{"image_url": "/media/a.svg"}, {"image_url": ""}, {"image_url": "/media/c.svg"}]}

    opening = await openings(Platform({"/api/v1/courses/logic": answer}))(a_scope("/c/logic"))

    assert opening.images == ("/media/a.svg",)


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


class Door(Platform):
    """Gives tokens for the right cookie, and answers whoever shows them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        sent = dict(scope["headers"])
        if scope["path"] == "/api/v1/identity/refresh":
            self.asked.append({**scope, "body": (await receive())["body"]})
            is_known = sent.get(b"cookie") == b"stoa_refresh=right"
            headers = [(b"content-type", b"application/json"), (b"set-cookie", b"stoa_refresh=next; Path=/x")]
            body = {"access_token": "t1", "expires_in": 900} if is_known else {"code": "identity.refresh_refused"}
            start = {"type": "http.response.start", "status": 200 if is_known else 401, "headers": headers}
            await send(start)
            await send({"type": "http.response.body", "body": json.dumps(body).encode()})
        elif sent.get(b"authorization") == b"Bearer t1":
            await super().__call__(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b""})


async def opened_for(door: Door, page: str, *, cookie: str = "right", method: str = "POST") -> httpx.Response:
    routes = [
        PageRoute(
            path="/learn/$course", code={"en": []}, own=["/api/v1/me", "/api/v1/learn/$course", "/api/v1/nothing"]
        )
    ]
    transport = httpx.ASGITransport(app=Openings(routes, api=lambda: door).own)
    async with httpx.AsyncClient(transport=transport, base_url="http://stoa.test") as client:
        headers = {"cookie": f"stoa_refresh={cookie}", "content-type": "application/json", "if-none-match": '"1"'}
        return await client.request(
            method, "/api/v1/identity/opening", params={"page": page}, headers=headers, content=b'{"x": 1}'
        )


async def test_somebody_signed_in_gets_tokens_and_first_answers_in_one_trip() -> None:
    door = Door({"/api/v1/me": {"name": "Ada"}, "/api/v1/learn/logic": {"items": [{"image_url": "/media/a.svg"}]}})

    answer = await opened_for(door, "/learn/logic?x=1")

    assert answer.headers.get_list("set-cookie") == ["stoa_refresh=next; Path=/x"]
    assert answer.headers.get_list("content-type") == ["application/json"]
    assert answer.json() == {
        "tokens": {"access_token": "t1", "expires_in": 900},
        "answers": {
            "/api/v1/me": {"body": {"name": "Ada"}},
            "/api/v1/learn/logic": {"body": {"items": [{"image_url": "/media/a.svg"}]}},
        },
        "images": ["/media/a.svg"],
    }


async def test_the_cookie_goes_to_the_exchange_of_tokens_and_nowhere_else() -> None:
    door = Door({})

    await opened_for(door, "/learn/logic")

    exchange, *questions = door.asked
    assert (exchange["method"], exchange["body"]) == ("POST", b"{}")
    assert [dict(one["headers"]).get(b"cookie") for one in questions] == [None, None, None]
    assert {one["method"] for one in questions} == {"GET"}


async def test_whose_session_is_over_hears_it_as_from_the_exchange_and_nothing_is_asked() -> None:
    door = Door({"/api/v1/me": {"name": "Ada"}})

    answer = await opened_for(door, "/learn/logic", cookie="wrong")

    assert (answer.status_code, answer.json()) == (401, {"code": "identity.refresh_refused"})
    assert len(door.asked) == 1


async def test_a_page_that_is_not_known_brings_the_tokens_alone() -> None:
    for page in ("/nowhere", "", "/learn/", "https://elsewhere.test/learn/logic/x/y"):
        answer = await opened_for(Door({}), page)

        assert (answer.json()["tokens"]["access_token"], answer.json()["answers"]) == ("t1", {}), page


async def test_only_a_post_exchanges_tokens() -> None:
    door = Door({})

    answer = await opened_for(door, "/learn/logic", method="GET")

    assert (answer.status_code, door.asked) == (405, [])


async def test_a_page_that_is_everybodys_stands_before_its_code_in_the_readers_language() -> None:
    route = PageRoute(path="/", code={"en": []}, shell={"en": "<h1>Learn</h1>", "ar": "<h1>تعلّم</h1>"})
    ask = Openings([route], api=lambda: Platform({}))

    assert (await ask(a_scope("/"))).shell == "<h1>Learn</h1>"
    assert (await ask(a_scope("/", headers={"accept-language": "ar"}))).shell == "<h1>تعلّم</h1>"
