"""A tiny service that the kit's own tests serve: a library with shelves, books and a slow librarian."""

import asyncio
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from starlette.responses import StreamingResponse

from stoa.kit.auth.caller import Caller
from stoa.kit.auth.context import current_caller, current_request_id, remaining_s
from stoa.kit.auth.permission import Permission
from stoa.kit.contract import Page, Struct, new_id
from stoa.kit.errors import Conflict, NotFound
from stoa.kit.http.router import (
    AUTHENTICATED,
    MEMBER,
    PUBLIC,
    Answer,
    Cookie,
    Cursor,
    IfMatch,
    Limit,
    PageQuery,
    Router,
    Upload,
)

EDIT = Permission("library.edit", help="Ask a librarian.", scope="shelf", roles=("librarian", "shelf:keeper"))
RENAME = Permission("library.rename", scope="organization", roles=("librarian",))
WRITES = Limit("library.writes", per_caller=1000, per_s=60)


class NewBook(Struct, frozen=True, kw_only=True):
    """What a librarian writes on a card."""

    title: Annotated[str, msgspec.Meta(min_length=2)]
    pages: int = 1


class Book(Struct, frozen=True, kw_only=True):
    """A book on a shelf."""

    id: UUID
    title: str
    pages: int
    version: int = 1


class ShelfFull(Conflict):
    """No room."""

    code, title = "library.shelf_full", "The shelf is full"


class Library:
    """A service to serve."""

    def __init__(self) -> None:
        self.books: dict[UUID, Book] = {}
        self.effects = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self.seen: list[object] = []


router = Router("library")
BY_TITLE = Cursor("library.books", tuple[str, UUID])


@router.get("/books/{book}", permission=PUBLIC, etag=True, errors=(NotFound,))
async def book(book: UUID, library: Library) -> Book:
    """Show a book."""
    try:
        return library.books[book]
    except KeyError:
        raise NotFound from None


@router.get("/books", permission=PUBLIC)
async def books(library: Library, page: PageQuery, longer_than: int = 0, tag: list[str] | None = None) -> Page[Book]:
    """List books by title."""
    library.seen.append(tag)
    after = BY_TITLE.read(page.cursor)
    found = sorted(library.books.values(), key=lambda one: (one.title, one.id))
    left = [one for one in found if (after is None or (one.title, one.id) > after) and one.pages > longer_than]
    return BY_TITLE.page(left[: page.fetch], page, key=lambda one: (one.title, one.id))


@router.post("/shelves/{shelf}/books", permission=EDIT, scope="shelf", limit=WRITES, status=201, errors=(ShelfFull,))
async def add_book(shelf: UUID, body: NewBook, caller: Caller, library: Library) -> Answer[Book]:
    """Put a book on a shelf.

    It stays there.
    """
    library.entered.set()
    await library.gate.wait()
    if body.title == "too much":
        raise ShelfFull(fields={"allowed": ["remove"]})
    library.effects += 1
    made = Book(id=new_id(), title=body.title, pages=body.pages)
    library.books[made.id] = made
    return Answer(made, headers={"Location": f"/api/v1/books/{made.id}"}, etag=made.version)


@router.put("/books/{book}", permission=MEMBER, limit=WRITES)
async def replace_book(book: UUID, body: NewBook, if_match: IfMatch, library: Library) -> Answer[Book]:
    """Replace a book."""
    if_match.check(library.books[book].version)
    made = Book(id=book, title=body.title, pages=body.pages, version=if_match.version + 1)
    library.books[book] = made
    return Answer(made, etag=made.version)


@router.delete("/books/{book}", permission=AUTHENTICATED, limit=WRITES)
async def burn_book(book: UUID, library: Library) -> None:
    """Remove a book."""
    library.books.pop(book, None)


@router.post("/scans", permission=PUBLIC, limit=WRITES, body_limit=1000, status=201)
async def scan(upload: Upload, library: Library) -> list[int]:
    """Take a scan as a stream."""
    return [len(chunk) async for chunk in upload]


@router.get("/slow", permission=PUBLIC, deadline_s=0.05)
async def slow(library: Library) -> str:
    """Take too long."""
    await asyncio.Event().wait()
    return "never"


@router.get("/whoami", permission=PUBLIC)
async def whoami(library: Library, caller: Caller) -> dict[str, str | None]:
    """Say what surrounds the work."""
    assert current_caller() is caller
    left = remaining_s()
    library.seen.append(left)
    return {"request_id": current_request_id(), "user": str(caller.user) if caller.user else None}


@router.get("/broken", permission=PUBLIC)
async def broken(library: Library) -> str:
    """Hold a bug."""
    raise RuntimeError("ada@example.org is in the cellar")


@router.get("/stream", permission=PUBLIC, produces="text/plain")
async def stream(library: Library) -> StreamingResponse:
    """Stream."""
    return StreamingResponse(iter([b"a", b"b"]), media_type="text/plain")


@router.patch("/organizations/{organization}", permission=RENAME, scope="organization", limit=WRITES)
async def rename(organization: UUID, library: Library) -> None:
    """Rename an organization."""


@router.post("/session", permission=PUBLIC, limit=Limit("library.session", per_caller=2, per_s=60))
async def begin(library: Library, body: NewBook | None = None) -> Answer[str]:
    """Begin a session."""
    library.effects += 1
    cookie = Cookie("stoa_refresh", "secret", path="/api/v1/session", lasts=timedelta(days=30), secure=False)
    return Answer("in", cookies=(cookie,))
