"""What the room looks at: the slide and whoever is in the spotlight."""

import msgspec

from stoa.kit.contract import Struct
from stoa.kit.errors import Invalid
from stoa.kit.realtime.wire import one_line
from stoa.kit.store import Store
from stoa.services.live.contract import ParticipantId, Role, ThingNotFound
from stoa.services.live.domain.decks import Picture, check_deck
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


class SpotlightPublication(Struct, frozen=True, kw_only=True):
    """Who is shown large, nobody with null."""

    participant: ParticipantId | None
    name: str
    role: Role = Role.LEARNER


class Showing:
    """Shows slides and people."""

    def __init__(self, *, store: Store[LiveTx], lane: Lane, standings: Standings) -> None:
        self._store = store
        self._lane = lane
        self._standings = standings

    async def slide(self, slide: msgspec.Raw, *, by: Standing) -> None:
        """Show everybody a slide."""
        by.require(*PRESENTERS)
        by.require_live()
        try:
            body = one_line(bytes(slide)).strip()
        except msgspec.DecodeError:
            body = b""
        if len(body) > _LARGEST_SLIDE_BYTES or not body.startswith((b"{", b"null")):
            raise BadSlide(f"A slide is a JSON object of at most {_LARGEST_SLIDE_BYTES:,} bytes, or null.")
        async with self._store.transaction(organization=by.organization) as tx:
            await tx.save_slide(by.class_id, None if body == b"null" else body)
            said = await tx.say(by.class_id, "slide", SlidePublication(slide=msgspec.Raw(body)))
        self._standings.changed(by.class_id)
        await self._lane.tell(said)

    async def deck(self, *, to: Standing) -> list[Picture]:
        """Return the picture slides, to those who may show them."""
        to.require(*PRESENTERS)
        async with self._store.reading(organization=to.organization) as tx:
            return await tx.deck(to.class_id)

    async def keep_deck(self, slides: list[Picture], *, by: Standing) -> list[Picture]:
        """Keep the picture slides in their order, in place of those that were there."""
        by.require(*PRESENTERS)
        found = check_deck(slides)
        async with self._store.transaction(organization=by.organization) as tx:
            await tx.save_deck(by.class_id, found)
        return found

    async def spotlight(self, participant: ParticipantId | None, *, by: Standing) -> None:
        """Show somebody large, or nobody."""
        by.require(*MODERATORS)
        by.require_live()
        async with self._store.transaction(organization=by.organization) as tx:
            person = await tx.person(by.class_id, participant) if participant else None
            if participant is not None and (person is None or person.removed_at is not None):
                raise ThingNotFound
            await tx.save_spotlight(by.class_id, participant)
            body = SpotlightPublication(participant=participant, name="")
            if person is not None:
                body = SpotlightPublication(participant=person.id, name=person.name, role=person.role)
            said = await tx.say(by.class_id, "spotlight", body)
        self._standings.changed(by.class_id)
        await self._lane.tell(said)
