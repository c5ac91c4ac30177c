"""The SQL of picture slides."""

import msgspec

from stoa.kit.store import UnitOfWork
from stoa.services.live.contract import ClassId
from stoa.services.live.domain.decks import Picture


class DecksTx(UnitOfWork):
    """The questions about picture slides."""

    async def deck(self, class_id: ClassId) -> list[Picture]:
        """Return the slides of a class."""
        slides = await self.fetchval(
            "select slides from live.decks where organization_id = $1 and class_id = $2", self.organization, class_id
        )
        return msgspec.convert(slides or [], list[Picture])

    async def save_deck(self, class_id: ClassId, slides: list[Picture]) -> None:
        """Keep the slides of a class."""
        await self.execute(
            "insert into live.decks (organization_id, class_id, slides) values ($1, $2, $3)"
            " on conflict (organization_id, class_id) do update set slides = excluded.slides",
            self.organization,
            class_id,
            slides,
        )
