"""Declared routes, from a request to a service and back."""

import re

import msgspec
import pytest

from stoa.kit.contract import new_id
from stoa.kit.http.router import PUBLIC
from stoa.kit.testing.library import Book, Library, router
from stoa.kit.testing.routes import RoutesUnderTest, a_caller


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
def served(library: Library) -> RoutesUnderTest:
    return RoutesUnderTest((router, library))


def a_book(library: Library, title: str = "Emil", pages: int = 3) -> Book:
    made = Book(id=new_id(), title=title, pages=pages)
    library.books[made.id] = made
    return made


async def test_a_get_answers_the_struct_with_its_version_as_etag(served: RoutesUnderTest, library: Library) -> None:
    one = a_book(library)

    answer = await served.client().get(f"/api/v1/books/{one.id}")

    assert answer.status_code == 200
    assert answer.json() == {"id": str(one.id), "title": "Emil", "pages": 3, "version": 1}
    assert re.fullmatch(r'"1-[0-9a-f]{24}"', answer.headers["etag"])
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_current_etag_is_answered_with_304(served: RoutesUnderTest, library: Library) -> None:
    one = a_book(library)

    path, client = f"/api/v1/books/{one.id}", served.client()
    tag = (await client.get(path)).headers["etag"]

    answer = await client.get(path, headers={"If-None-Match": f'W/"7", {tag}'})

    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)


async def test_what_changes_without_its_version_is_sent_anew(served: RoutesUnderTest, library: Library) -> None:
    one = a_book(library)
    path, client = f"/api/v1/books/{one.id}", served.client()
    tag = (await client.get(path)).headers["etag"]
    library.books[one.id] = msgspec.structs.replace(one, title="Emil, newly bound")

    answer = await client.get(path, headers={"If-None-Match": tag})

    assert (answer.status_code, answer.json()["title"]) == (200, "Emil, newly bound")


async def test_what_cannot_be_an_id_is_not_found(served: RoutesUnderTest) -> None:
    answer = await served.client().get("/api/v1/books/moby-dick")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "stoa.not_found"
    assert answer.json()["type"] == "urn:stoa:problem:stoa.not_found"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_an_unknown_path_and_a_wrong_method_are_problems(served: RoutesUnderTest) -> None:
    missing = await served.client().get("/api/v1/nowhere")
    wrong = await served.client().request("DELETE", "/api/v1/books")

    assert (missing.status_code, missing.json()["code"]) == (404, "stoa.not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "stoa.method_not_allowed")
    assert wrong.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_a_list_is_read_page_by_page_and_every_item_once(served: RoutesUnderTest, library: Library) -> None:
    for number in range(7):
        a_book(library, title=f"Band {number}")
    client, titles, cursor = served.client(), [], None

    while True:
        answer = await client.get("/api/v1/books", params={"limit": 3, **({"cursor": cursor} if cursor else {})})
        titles += [one["title"] for one in answer.json()["items"]]
        cursor = answer.json()["next"]
        if cursor is None:
            break

    assert titles == [f"Band {number}" for number in range(7)]


async def test_query_values_are_typed_and_lists_collected(served: RoutesUnderTest, library: Library) -> None:
    a_book(library, pages=5)

    answer = await served.client().get("/api/v1/books?longer_than=4&tag=a&tag=b&limit=1")
    refused = await served.client().get("/api/v1/books?longer_than=many")
    too_long = await served.client().get("/api/v1/books?limit=201")
    endless = await served.client().get(f"/api/v1/books?longer_than={2**63}")

    assert len(answer.json()["items"]) == 1
    assert library.seen == [["a", "b"]]
    assert refused.json()["errors"] == [
        {"field": "longer_than", "in": "query", "message": "This is a whole number, not a text."}
    ]
    assert too_long.json()["errors"][0]["message"] == "This is at most 200."
    assert (endless.status_code, endless.json()["code"]) == (400, "stoa.malformed")


async def test_a_forged_cursor_is_refused(served: RoutesUnderTest) -> None:
    answer = await served.client().get("/api/v1/books?cursor=AAAA")

    assert (answer.status_code, answer.json()["code"]) == (400, "stoa.malformed")


async def test_a_write_answers_its_status_location_and_etag(served: RoutesUnderTest, library: Library) -> None:
    client = served.client(a_caller("librarian"))

    answer = await client.post(f"/api/v1/shelves/{new_id()}/books", json={"title": "Momo"})

    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/books/{answer.json()['id']}"
    assert answer.headers["ratelimit-policy"] == '"library.writes";q=1000;w=60'
    assert answer.headers["ratelimit"].startswith('"library.writes";r=999;')


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "title", "This is required."),
        ({"title": "M"}, "title", "This has at least 2 characters."),
        ({"title": 7}, "title", "This is a text, not a whole number."),
        ({"title": "Momo", "pages": "x"}, "pages", "This is a whole number, not a text."),
    ],
)
async def test_a_wrong_body_names_the_field_and_what_to_do(
    served: RoutesUnderTest, body: object, field: str, message: str
) -> None:
    client = served.client(a_caller("librarian"))

    answer = await client.post(f"/api/v1/shelves/{new_id()}/books", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "stoa.invalid")
    assert answer.json()["errors"] == [{"field": field, "in": "body", "message": message}]
    assert answer.json()["hint"]


async def test_a_body_that_is_no_json_or_of_another_kind_or_too_large_is_a_problem(served: RoutesUnderTest) -> None:
    client, path = served.client(a_caller("librarian")), f"/api/v1/shelves/{new_id()}/books"
    kind = {"content-type": "application/json; charset=utf-8"}

    garbled = await client.post(path, content=b"{", headers=kind)
    form = await client.post(path, data={"title": "Momo"})
    empty = await client.post(path)
    large = await client.post(path, content=b" " * (1024 * 1024 + 1), headers=kind)

    assert [one.status_code for one in (garbled, form, empty, large)] == [400, 415, 400, 413]
    assert [one.json()["code"].split(".")[1] for one in (garbled, form, empty, large)] == [
        "malformed", "unsupported_type", "malformed", "too_large",
    ]  # fmt: skip


async def test_an_upload_is_counted_while_it_streams(served: RoutesUnderTest) -> None:
    async def endless():  # type: ignore[no-untyped-def]
        while True:
            yield b"x" * 400

    client = served.client()

    fine = await client.post("/api/v1/scans", content=b"x" * 1000)
    chunked = await client.post("/api/v1/scans", content=endless())

    assert fine.json() == [1000]
    assert (chunked.status_code, chunked.json()["limit_bytes"]) == (413, 1000)


async def test_a_versioned_edit_wants_if_match_and_loses_against_a_newer_version(
    served: RoutesUnderTest, library: Library
) -> None:
    one, client = a_book(library), served.client(a_caller("learner"))
    path, body = f"/api/v1/books/{one.id}", {"title": "Neu"}

    without = await client.put(path, json=body)
    first = await client.put(path, json=body, headers={"If-Match": '"1"'})
    late = await client.put(path, json=body, headers={"If-Match": '"1-0123456789abcdef01234567"'})
    star = await client.put(path, json=body, headers={"If-Match": "*"})

    assert [one.status_code for one in (without, first, late, star)] == [428, 200, 412, 400]
    assert first.headers["etag"] == '"2"'
    assert late.json()["current"] == 2


async def test_a_guest_is_asked_to_log_in_and_a_stranger_refused(served: RoutesUnderTest, library: Library) -> None:
    path = f"/api/v1/shelves/{new_id()}/books"

    guest = await served.client().post(path, json={"title": "Momo"})
    learner = await served.client(a_caller("learner")).post(path, json={"title": "Momo"})
    forged = await served.client(headers={"authorization": "Bearer nonsense"}).post(path, json={"title": "Momo"})

    assert (guest.status_code, guest.headers["www-authenticate"]) == (401, "Bearer")
    assert (learner.status_code, learner.json()["permission"]) == (403, "library.edit")
    assert forged.status_code == 401
    assert library.effects == 0


async def test_a_role_in_one_scope_opens_that_scope_only(served: RoutesUnderTest) -> None:
    shelf = new_id()
    caller = a_caller("learner")
    keeper = msgspec.structs.replace(
        caller,
        grants=(
            *caller.grants,
            msgspec.structs.replace(caller.grants[0], role="keeper", scope="shelf", scope_id=shelf),
        ),
    )
    client = served.client(keeper)

    own = await client.post(f"/api/v1/shelves/{shelf}/books", json={"title": "Momo"})
    other = await client.post(f"/api/v1/shelves/{new_id()}/books", json={"title": "Momo"})

    assert (own.status_code, other.status_code) == (201, 403)


async def test_another_organizations_thing_is_not_found_rather_than_forbidden(served: RoutesUnderTest) -> None:
    caller = a_caller("librarian")
    client = served.client(caller)

    own = await client.patch(f"/api/v1/organizations/{caller.organization}")
    other = await client.patch(f"/api/v1/organizations/{new_id()}")

    assert (own.status_code, other.status_code) == (204, 404)


async def test_an_expected_error_carries_its_own_code_and_fields(served: RoutesUnderTest) -> None:
    client = served.client(a_caller("librarian"))

    answer = await client.post(f"/api/v1/shelves/{new_id()}/books", json={"title": "too much"})

    assert (answer.status_code, answer.json()["code"]) == (409, "library.shelf_full")
    assert answer.json()["allowed"] == ["remove"]


async def test_a_bug_shows_nothing_of_itself(served: RoutesUnderTest) -> None:
    answer = await served.client().get("/api/v1/broken")

    assert (answer.status_code, answer.json()["code"]) == (500, "stoa.unexpected")
    assert "cellar" not in answer.text


async def test_work_that_takes_too_long_is_given_up(served: RoutesUnderTest) -> None:
    own = await served.client().get("/api/v1/slow")
    told = await served.client().get("/api/v1/slow", headers={"Stoa-Deadline": "0"})
    wrong = await served.client().get("/api/v1/slow", headers={"Stoa-Deadline": "soon"})

    assert [one.status_code for one in (own, told, wrong)] == [504, 504, 400]
    assert own.json()["code"] == "stoa.deadline_exceeded"


async def test_the_callers_deadline_surrounds_the_work(served: RoutesUnderTest, library: Library) -> None:
    await served.client().get("/api/v1/whoami", headers={"Stoa-Deadline": "500"})

    (left,) = library.seen
    assert isinstance(left, float)
    assert 0 < left <= 0.5


async def test_a_request_id_is_kept_when_decent_and_replaced_when_not(served: RoutesUnderTest) -> None:
    kept = await served.client().get("/api/v1/whoami", headers={"X-Request-Id": "abc-12345"})
    fresh = await served.client().get("/api/v1/whoami", headers={"X-Request-Id": "a b\t"})

    assert kept.json()["request_id"] == kept.headers["x-request-id"] == "abc-12345"
    assert len(fresh.json()["request_id"]) == 32


async def test_a_stale_token_on_a_public_route_makes_a_guest(served: RoutesUnderTest) -> None:
    answer = await served.client(headers={"authorization": "Bearer stale"}).get("/api/v1/whoami")

    assert (answer.status_code, answer.json()["user"]) == (200, None)


async def test_a_stream_carries_the_common_headers_too(served: RoutesUnderTest) -> None:
    answer = await served.client().get("/api/v1/stream")

    assert answer.text == "ab"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]


async def test_a_limit_refuses_with_the_time_to_come_back(served: RoutesUnderTest) -> None:
    client = served.client()

    answers = [await client.post("/api/v1/session") for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "stoa.too_many"
    assert answers[2].headers["retry-after"] == "30"
    assert answers[2].headers["ratelimit"] == '"library.session";r=0;t=60'


async def test_a_cookie_is_httponly_and_bound_to_its_path(served: RoutesUnderTest) -> None:
    answer = await served.client().post("/api/v1/session")

    assert answer.headers["set-cookie"] == (
        "stoa_refresh=secret; Path=/api/v1/session; HttpOnly; SameSite=Lax; Max-Age=2592000"
    )


async def test_head_is_answered_with_the_headers_of_get(served: RoutesUnderTest, library: Library) -> None:
    one = a_book(library)

    answer = await served.client().head(f"/api/v1/books/{one.id}")

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 20


def test_a_route_without_permission_does_not_import() -> None:
    with pytest.raises(TypeError, match="declares no permission"):

        @router.get("/secret")  # type: ignore[call-arg]
        async def secret() -> str:
            """Show."""
            return ""


def test_a_write_without_limit_does_not_import() -> None:
    with pytest.raises(TypeError, match="declares no limit"):

        @router.post("/secret", permission=PUBLIC)  # type: ignore[call-arg]
        async def secret() -> str:
            """Write."""
            return ""


def test_a_route_that_no_argument_can_fill_does_not_import() -> None:
    with pytest.raises(TypeError, match="no way to fill parameter second"):

        @router.get("/two", permission=PUBLIC)
        async def two(first: Library, second: dict[str, str]) -> str:
            """Ask for too much."""
            return ""


def test_a_route_is_not_bound_to_another_service() -> None:
    with pytest.raises(TypeError, match="asks for Library and was given int"):
        RoutesUnderTest((router, 7))
