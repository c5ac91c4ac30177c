"""The OpenAPI document says what the routes do, and only what clients can rely on."""

import msgspec
import pytest
from openapi_spec_validator import validate

from stoa.kit.auth.permission import Permission
from stoa.kit.contract import OrganizationId, Page, Struct
from stoa.kit.errors import Conflict
from stoa.kit.http.openapi import document_of
from stoa.kit.http.router import PUBLIC, Answer, IfMatch, Limit, PageQuery, Router, Upload

EDIT = Permission("garden.edit", roles=("gardener",))
WRITES = Limit("garden.writes", per_caller=10)


class BedTaken(Conflict):
    """Another plant stands there."""

    code, title = "garden.bed_taken", "The bed is taken"


class Soil(Struct, frozen=True, kw_only=True):
    """Used on the way in and on the way out."""

    ph: float = 7.0


class Plant(Struct, frozen=True, kw_only=True):
    """Used on the way in and on the way out."""

    name: str
    soil: Soil | None = None
    tags: list[str] = []


class Bed(Struct, frozen=True, kw_only=True):
    """Used on the way out only."""

    plants: list[Plant]
    note: str | None = None


class Garden:
    """A service."""


router = Router("garden")


@router.get("/beds/{bed}", permission=EDIT, etag=True)
async def bed_of(bed: OrganizationId, garden: Garden, depth: int = 2, kind: list[str] | None = None) -> Bed:
    """Show a bed.

    With everything in it.
    """
    return Bed(plants=[])


@router.get("/beds", permission=PUBLIC)
async def beds(garden: Garden, page: PageQuery, q: str | None = None) -> Page[Bed]:
    """List beds."""
    return Page(items=[], next=None)


@router.put("/beds/{bed}", permission=EDIT, limit=WRITES, errors=(BedTaken,))
async def plant_in(bed: OrganizationId, body: Plant, if_match: IfMatch, garden: Garden) -> Answer[Plant]:
    """Plant."""
    return Answer(body)


@router.post("/seeds", permission=EDIT, limit=WRITES, status=202)
async def sow(upload: Upload, garden: Garden) -> None:
    """Sow from a file."""


def document(*routers: Router) -> dict:  # type: ignore[type-arg]
    routes = [route for one in routers for route in one.routes]
    return msgspec.json.decode(document_of(routes, title="Garden", version="1"))


def test_the_document_is_valid_openapi_3_1() -> None:
    validate(document(router))


def test_an_operation_is_named_after_its_function_and_tagged_with_its_service() -> None:
    operation = document(router)["paths"]["/api/v1/beds/{bed}"]["get"]

    assert (operation["operationId"], operation["tags"]) == ("bed_of", ["garden"])
    assert (operation["summary"], operation["description"]) == ("Show a bed.", "With everything in it.")
    assert operation["security"] == [{"bearer": []}]
    assert {one["name"]: one["required"] for one in operation["parameters"]} == {
        "bed": True, "depth": False, "kind": False, "If-None-Match": False,
    }  # fmt: skip


def test_every_field_that_goes_out_is_required_and_what_comes_in_keeps_its_defaults() -> None:
    schemas = document(router)["components"]["schemas"]

    assert schemas["Plant"]["required"] == ["name", "soil", "tags"]
    assert schemas["Soil"]["required"] == ["ph"]
    assert schemas["Bed"]["required"] == ["plants", "note"]
    assert schemas["PlantIn"]["required"] == ["name"]
    assert "SoilIn" in msgspec.json.encode(schemas["PlantIn"]).decode()
    assert "In" not in msgspec.json.encode(schemas["Plant"]).decode()


def test_the_errors_a_route_declares_and_those_the_kit_adds_are_problems() -> None:
    responses = document(router)["paths"]["/api/v1/beds/{bed}"]["put"]["responses"]

    assert sorted(responses) == ["200", "401", "403", "404", "409", "412", "422", "428", "429"]
    assert responses["409"]["description"] == "`garden.bed_taken` The bed is taken"
    schema = responses["409"]["content"]["application/problem+json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/ProblemDetails"}


def test_a_page_a_public_route_an_upload_and_an_empty_answer_say_what_they_are() -> None:
    paths = document(router)["paths"]
    listing, sowing = paths["/api/v1/beds"]["get"], paths["/api/v1/seeds"]["post"]

    assert "security" not in listing
    assert [one["name"] for one in listing["parameters"]] == ["q", "cursor", "limit"]
    assert listing["parameters"][2]["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert sowing["requestBody"]["content"]["application/octet-stream"]["schema"]["format"] == "binary"
    assert "content" not in sowing["responses"]["202"]


def test_the_document_is_the_same_bytes_whatever_the_order_of_declaration() -> None:
    forward = document_of(router.routes, title="Garden", version="1")
    backward = document_of(list(reversed(router.routes)), title="Garden", version="1")

    assert forward == backward


def test_a_tuple_of_mixed_types_on_the_wire_is_refused() -> None:
    class Mixed(Struct, frozen=True, kw_only=True):
        """A client reads this as never[]."""

        pair: tuple[int, str]

    other = Router("pairs")

    @other.get("/pair", permission=PUBLIC)
    async def pair() -> Mixed:
        """Show a pair."""
        return Mixed(pair=(1, "a"))

    with pytest.raises(TypeError, match="tuple of mixed types"):
        document(other)


def test_two_operations_of_one_name_are_refused() -> None:
    other = Router("shed")

    @other.get("/shed", permission=PUBLIC)
    async def beds() -> str:
        """Clash."""
        return ""

    with pytest.raises(ValueError, match="two routes are called beds"):
        document(router, other)
