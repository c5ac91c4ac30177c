"""What the room looks at: the slide, the whiteboard and whoever is in the spotlight."""

from collections.abc import Sequence

import msgspec

from stoa.kit.contract import Struct
from stoa.kit.errors import Invalid
from stoa.kit.store import Store
from stoa.services.live.contract import ParticipantId, ThingNotFound, TooMuch
from stoa.services.live.domain.boards import MOST_ELEMENTS, read_elements
from stoa.services.live.service.lane import Lane
from stoa.services.live.service.standing import MODERATORS, PRESENTERS, Standing, Standings
from stoa.services.live.store.tx import LiveTx

_LARGEST_SLIDE_BYTES = 8 * 1024


class BadSlide(Invalid):
    """The slide cannot be shown."""

    code, title = "live.bad_slide", "This slide cannot be shown"


class SlidePublication(Struct, frozen=True, kw_only=True):
    """What all look at now: what the presenter's page says of it."""

    slide: msgspec.Raw


class BoardPublication(Struct, frozen=True, kw_only=True):
    """What was drawn; `wiped` empties the board first."""

    elements: list[msgspec.Raw]
    wiped: bool = False


class SpotlightPublication(Struct, frozen=True, kw_only=True):
    """Who is shown large, nobody with null."""

    participant: ParticipantId | None
    name: str


class Showing:
    """Shows slides, drawings and people."""

    def __init__(self, *, store: Store[LiveTx], lane: Lane, standings: Standings) -> None:
        self._store = store
        self._lane = lane
        self._standings = standings

    async def slide(self, slide: msgspec.Raw, *, by: Standing) -> None:
        """Show everybody a slide."""
        by.require(*PRESENTERS)
        by.require_live()
        body = bytes(slide)
        if len(body) > _LARGEST_SLIDE_BYTES or not body.lstrip().startswith((b"{", b"null")):
            raise BadSlide(f"A slide is a JSON object of at most {_LARGEST_SLIDE_BYTES:,} bytes, or null.")
        async with self._store.transaction(organization=by.organization) as tx:
            await tx.save_slide(by.class_id, None if body.strip() == b"null" else body)
            said = await tx.say(by.class_id, "slide", SlidePublication(slide=slide))
        self._standings.changed(by.class_id)
        await self._lane.tell(said)

    async def draw(self, elements: list[msgspec.Raw], *, by: Standing) -> int:
        """Keep what was drawn where it is newer than what is there, and show it; return how much was kept."""
        by.require(*PRESENTERS)
        by.require_live()
        read = read_elements(elements)
        async with self._store.transaction(organization=by.organization) as tx:
            kept = await tx.keep_elements(by.class_id, read)
            if not kept:
                return 0
            if await tx.count_elements(by.class_id) > MOST_ELEMENTS:
                raise TooMuch(f"A whiteboard has at most {MOST_ELEMENTS:,} elements.", hint="Wipe it first.")
            body = BoardPublication(elements=[msgspec.Raw(one.body) for one in kept])
            said = await tx.say(by.class_id, "board", body)
        await self._lane.tell(said)
        return len(kept)

    async def wipe(self, *, by: Standing) -> None:
        """Empty the whiteboard."""
        by.require(*PRESENTERS)
        by.require_live()
        async with self._store.transaction(organization=by.organization) as tx:
            await tx.wipe_elements(by.class_id)
            said = await tx.say(by.class_id, "board", BoardPublication(elements=[], wiped=True))
        await self._lane.tell(said)

    async def board(self, *, to: Standing) -> tuple[int, Sequence[msgspec.Raw]]:
        """Return the number of the publication up to which this is whole, and what is on the board."""
        async with self._store.reading(organization=to.organization) as tx:
            lane = await tx.lane_of(to.class_id)
            elements = await tx.elements(to.class_id)
        return lane[1] if lane else 0, [msgspec.Raw(one) for one in elements]

    async def spotlight(self, participant: ParticipantId | None, *, by: Standing) -> None:
        """Show somebody large, or nobody."""
        by.require(*MODERATORS)
        by.require_live()
        async with self._store.transaction(organization=by.organization) as tx:
            person = await tx.person(by.class_id, participant) if participant else None
            if participant is not None and (person is None or person.removed_at is not None):
                raise ThingNotFound
            await tx.save_spotlight(by.class_id, participant)
            body = SpotlightPublication(participant=participant, name=person.name if person else "")
            said = await tx.say(by.class_id, "spotlight", body)
        self._standings.changed(by.class_id)
        await self._lane.tell(said)
