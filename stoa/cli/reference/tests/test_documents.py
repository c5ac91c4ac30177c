"""Generated files: complete, fresh or named, and never breaking what was published."""

from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from stoa.cli.reference import documents, tables
from stoa.kit.auth.permission import Permission
from stoa.kit.contract import Event, UserId
from stoa.kit.events import Consumers
from stoa.kit.http.router import PUBLIC, Router
from stoa.kit.limits import Limit
from stoa.kit.manifest import Context, Manifest, Metric
from stoa.kit.settings import Settings, setting


class TicketSold(Event, frozen=True, kw_only=True):
    """A ticket was sold."""

    type_: ClassVar[str] = "stoa.theatre.ticket-sold.v1"
    key_: ClassVar[str] = "buyer_id"

    buyer_id: UserId


class House(Settings, prefix=""):
    """The whole platform's."""

    port: int = setting(8000, help="The port")


class TheatreSettings(Settings, prefix="theatre"):
    """The knobs of the theatre."""

    pause: timedelta = setting(timedelta(minutes=20), unit="minutes", help="How long the pause is")


class Theatre:
    """Sells tickets."""


def build(context: Context) -> Theatre:
    """Build a theatre."""
    return Theatre()


router = Router("theatre")
consumers = Consumers("theatre")


@router.get("/theatre/plays", permission=PUBLIC)
async def plays() -> list[str]:
    """List the plays."""
    return []


@consumers.on(TicketSold)
async def count_ticket(event: TicketSold) -> None:
    """Count a ticket."""


THEATRE = Manifest(
    name="theatre",
    summary="Plays and who sees them",
    build=build,
    routers=(router,),
    consumers=(consumers,),
    events=(TicketSold,),
    permissions=(Permission("theatre.sell", help="Sell a ticket | refund it", roles=("owner",)),),
    limits=(Limit("theatre.writes", per_caller=60, per_s=60),),
    settings=TheatreSettings,
    metrics=(Metric(name="stoa_theatre_tickets_total", help="Tickets sold", labels=("play",)),),
)
SCHEMA = documents.EVENTS / "stoa.theatre.ticket-sold.v1.json"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone that holds nothing but the architecture's page."""
    (tmp_path / "ARCHITECTURE.md").write_text(f"# A\n\n{tables.MAP_BEGINS}\n{tables.MAP_ENDS}\n\nThe end.\n")
    return tmp_path


def test_what_was_written_is_fresh_and_what_was_touched_is_named(clone: Path) -> None:
    files = documents.wanted(clone, [THEATRE], House)
    assert documents.write(clone, files)

    assert documents.stale(clone, documents.wanted(clone, [THEATRE], House)) == []

    (clone / "docs/reference/events.md").write_text("by hand")
    assert documents.stale(clone, files) == ["docs/reference/events.md"]


def test_every_declaration_reaches_its_document(clone: Path) -> None:
    files = {str(path): content.decode() for path, content in documents.wanted(clone, [THEATRE], House).items()}

    assert (
        "| **theatre** | Plays and who sees them | – | ticket-sold | theatre.ticket-sold |" in files["ARCHITECTURE.md"]
    )
    assert files["ARCHITECTURE.md"].endswith("The end.\n")
    assert "`STOA_THEATRE_PAUSE`" in files["docs/reference/settings.md"]
    assert "`STOA_PORT`" in files["docs/reference/settings.md"]
    assert "Sell a ticket \\| refund it" in files["docs/reference/permissions.md"]
    assert "60 in 60 s" in files["docs/reference/permissions.md"]
    assert "`stoa_theatre_tickets_total`" in files["docs/reference/metrics.md"]
    assert "`stoa_http_calls_total`" in files["docs/reference/metrics.md"]
    assert "A ticket was sold." in files["docs/reference/events.md"]
    assert '"operationId": "plays"' in files["docs/reference/openapi.json"]
    assert "stoa.theatre.ticket-sold.v1" in files["docs/reference/asyncapi.json"]
    assert '"buyer_id"' in files[str(SCHEMA)]


def test_a_broken_event_is_refused(clone: Path) -> None:
    documents.write(clone, documents.wanted(clone, [THEATRE], House))
    old = msgspec.json.decode((clone / SCHEMA).read_bytes())
    old["properties"]["seat"] = {"type": "string"}
    (clone / SCHEMA).write_bytes(msgspec.json.encode(old))

    with pytest.raises(documents.SchemaBroken, match="seat: is gone"):
        documents.refuse_breaches(clone, documents.wanted(clone, [THEATRE], House))


def test_an_event_that_vanished_is_refused_and_named(clone: Path) -> None:
    documents.write(clone, documents.wanted(clone, [THEATRE], House))
    nothing = documents.wanted(clone, [], House)

    assert str(SCHEMA) in documents.stale(clone, nothing)
    with pytest.raises(documents.SchemaBroken, match="the event is gone"):
        documents.refuse_breaches(clone, nothing)


def test_an_architecture_without_a_place_for_the_map_is_an_error(clone: Path) -> None:
    (clone / "ARCHITECTURE.md").write_text("# A\n")

    with pytest.raises(ValueError, match="between which the map"):
        documents.wanted(clone, [THEATRE], House)
