"""What anybody asks of the catalogue over HTTP."""

from typing import Annotated

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import Page, Struct
from stoa.kit.http.cursor import PageQuery
from stoa.kit.http.router import PUBLIC, Router
from stoa.services.assessment.contract.result import Response, ScoredResponse
from stoa.services.catalog.contract import NotForTrying, NotListed
from stoa.services.catalog.domain import CourseListing, Listing, TryUnit
from stoa.services.catalog.policy import LONGEST_QUERY, SEARCHES, TRIES
from stoa.services.catalog.service import Catalog
from stoa.services.courses.contract import NodeId

router = Router("catalog")

Words = Annotated[str, msgspec.Meta(max_length=LONGEST_QUERY)]


class Category(Struct, frozen=True, kw_only=True):
    """A category with how many public courses it holds."""

    name: str
    courses: int


class Categories(Struct, frozen=True, kw_only=True):
    """The categories in use."""

    items: list[Category]


class TryAnswer(Struct, frozen=True, kw_only=True):
    """A guest's answer to a problem."""

    block: NodeId
    response: Response


@router.get("/catalog/courses", permission=PUBLIC, limit=SEARCHES, etag=True)
async def search_catalog(
    page: PageQuery, caller: Caller, catalog: Catalog, q: Words = "", category: Words = ""
) -> Page[Listing]:
    """Search the catalogue."""
    return await catalog.search(organization=caller.require_organization(), q=q, category=category or None, page=page)


@router.get("/catalog/categories", permission=PUBLIC, etag=True)
async def categories(caller: Caller, catalog: Catalog) -> Categories:
    """The categories in use."""
    found = await catalog.categories(organization=caller.require_organization())
    return Categories(items=[Category(name=name, courses=courses) for name, courses in found])


@router.get("/catalog/courses/{slug}", permission=PUBLIC, etag=True, errors=(NotListed,))
async def course_page(slug: str, caller: Caller, catalog: Catalog) -> CourseListing:
    """The public page of a course."""
    return await catalog.course_page(organization=caller.require_organization(), slug=slug)


@router.get("/catalog/try/{course}/{unit}", permission=PUBLIC, limit=SEARCHES, errors=(NotListed, NotForTrying))
async def try_unit(course: str, unit: NodeId, caller: Caller, catalog: Catalog) -> TryUnit:
    """A unit that a guest may try."""
    return await catalog.try_unit(organization=caller.require_organization(), course=course, unit=unit)


@router.post("/catalog/try/{course}/{unit}/answers", permission=PUBLIC, limit=TRIES, errors=(NotListed, NotForTrying))
async def try_answer(course: str, unit: NodeId, body: TryAnswer, caller: Caller, catalog: Catalog) -> ScoredResponse:
    """Score a guest's answer and keep nothing."""
    return await catalog.try_answer(
        organization=caller.require_organization(),
        course=course,
        unit=unit,
        block=body.block,
        response=body.response,
    )
