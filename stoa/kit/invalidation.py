"""Telling other processes, before a change is answered, what will come as an event too.

So what they keep of it is forgotten at once, and whoever lost a role is refused at once.
"""

from collections.abc import Callable, Collection
from typing import Final, Protocol

from stoa.kit.events import Envelope

# So long the event itself may wait for others, once it was told: it is for those who missed that.
TOLD_PATIENCE_S: Final = 1.5


class Invalidations(Protocol):
    """Reaches every process that listens now; who did not hear for a while forgets everything."""

    @property
    def is_on(self) -> bool:
        """Whether what is told now is heard here."""
        ...

    def listen(self, types: Collection[str], *, heard: Callable[[Envelope], None], missed: Callable[[], None]) -> None:
        """Say who is to hear of some event types; `missed` is called after a gap. Asked for before the start."""
        ...

    async def start(self) -> None:
        """Begin to hear."""
        ...

    async def stop(self) -> None:
        """Hang up."""
        ...

    async def caught_up(self) -> bool:
        """Return whether everything that was told before this call has been heard here; False: that is not known."""
        ...

    async def tell(self, changes: Collection[Envelope]) -> None:
        """Return once all who hear and then catch up know of it; who cannot be reached learns of it by the events."""
        ...
