"""The whiteboard: who draws on it, and how what is drawn comes to everybody."""

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import Struct
from stoa.kit.limits import Bucket, Limiter, require
from stoa.kit.store import Store
from stoa.services.live.contract import ClassId, RoleNeeded, TooMuch
from stoa.services.live.domain.boards import (
    LARGEST_BOARD_BYTES,
    MOST_DRAWING,
    MOST_ELEMENTS,
    MOST_ROWS,
    read_elements,
)
from stoa.services.live.service.lane import Lane
from stoa.services.live.service.remembering import Moment
from stoa.services.live.service.snapshots import Snapshots
from stoa.services.live.service.standing import MODERATORS, PRESENTERS, Standing, Standings
from stoa.services.live.store.tx import LiveTx

_REMEMBERED_S = 1.0
# A page gathers what a hand draws and sends it some four times a second.
_CALLS, _PER = 60, 10.0


class BoardPublication(Struct, frozen=True, kw_only=True):
    """What was drawn; `wiped` empties the board first."""

    elements: list[msgspec.Raw]
    wiped: bool = False


class BoardRule(Struct, frozen=True, kw_only=True):
    """Whether everybody in the class may draw; else those do who present."""

    everyone: bool


class Board(Struct, frozen=True, kw_only=True):
    """A whiteboard as it is after a publication; `elements` is a list in JSON."""

    seq: int
    elements: bytes


class Drawing:
    """Keeps whiteboards and shows what is drawn on them."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        clock: Clock,
        limiter: Limiter,
        lane: Lane,
        standings: Standings,
        snapshots: Snapshots,
    ) -> None:
        self._store = store
        self._clock = clock
        self._limiter = limiter
        self._lane = lane
        self._standings = standings
        self._snapshots = snapshots
        self._boards = Moment[ClassId, Board](clock, lasts_s=_REMEMBERED_S, most=200)

    async def draw(self, elements: list[msgspec.Raw], *, by: Standing) -> int:
        """Keep what was drawn where it is newer than what is there, and show it; return how much was kept."""
        await self._require_hand(by)
        by.require_live()
        await require(self._limiter, Bucket(f"{by.organization}:live.strokes:{by.id}", _CALLS, _PER))
        read = read_elements(elements)
        async with self._store.transaction(organization=by.organization) as tx:
            await tx.lock_board(by.class_id)
            kept = await tx.keep_elements(by.class_id, read)
            if not kept:
                return 0
            size = await tx.board_size(by.class_id)
            if size.elements > MOST_ELEMENTS or size.rows > MOST_ROWS or size.bytes > LARGEST_BOARD_BYTES:
                raise TooMuch(
                    f"A whiteboard has at most {MOST_ELEMENTS:,} elements and {LARGEST_BOARD_BYTES >> 20} MB.",
                    hint="Wipe it first.",
                )
            body = BoardPublication(elements=[msgspec.Raw(one.body) for one in kept])
            said = await tx.say(by.class_id, "board", body)
        self._boards.forget(by.class_id)
        await self._lane.tell(said)
        return len(kept)

    async def wipe(self, *, by: Standing) -> None:
        """Empty the whiteboard."""
        by.require(*PRESENTERS)
        by.require_live()
        async with self._store.transaction(organization=by.organization) as tx:
            await tx.lock_board(by.class_id)
            await tx.wipe_elements(by.class_id)
            said = await tx.say(by.class_id, "board", BoardPublication(elements=[], wiped=True))
        self._boards.forget(by.class_id)
        await self._lane.tell(said)

    async def rule(self, rule: BoardRule, *, by: Standing) -> None:
        """Say whether everybody may draw."""
        by.require(*MODERATORS)
        if rule.everyone and await self._snapshots.people_in(by.held) > MOST_DRAWING:
            raise TooMuch(_CROWDED)
        async with self._store.transaction(organization=by.organization) as tx:
            await tx.save_everyone_draws(by.class_id, rule.everyone)
            said = await tx.say(by.class_id, "board_rule", rule)
        self._standings.changed(by.class_id)
        await self._lane.tell(said)

    async def board(self, *, to: Standing) -> Board:
        """Return the whiteboard as it was within the last second; many who come at once read it once."""

        async def load() -> Board:
            async with self._store.reading(organization=to.organization) as tx:
                # The place first: what is read after it may hold more, and is said again without harm.
                lane = await tx.lane_of(to.class_id)
                elements = await tx.elements(to.class_id, limit=MOST_ELEMENTS)
            return Board(seq=lane[1] if lane else 0, elements=b"[" + b",".join(elements) + b"]")

        return await self._boards.get(to.class_id, load)

    async def _require_hand(self, by: Standing) -> None:
        """Raise unless somebody may draw: who presents, and everybody else where that is allowed."""
        if by.role in PRESENTERS:
            return
        if not by.held.everyone_draws:
            raise RoleNeeded(fields={"roles": [str(role) for role in PRESENTERS]})
        by.require_voice(self._clock.now())
        if await self._snapshots.people_in(by.held) > MOST_DRAWING:
            raise TooMuch(_CROWDED)


_CROWDED = f"In a class of more than {MOST_DRAWING} people only those draw who present."
