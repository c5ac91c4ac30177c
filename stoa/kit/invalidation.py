"""Telling other processes, before a change is answered, that what they keep of it is no longer true."""

from collections.abc import Callable, Collection
from typing import Protocol

# An event type and the key of the event that is to come.
Change = tuple[str, str]


class Invalidations(Protocol):
    """Reaches every process that listens now; who did not hear for a while forgets everything."""

    @property
    def is_on(self) -> bool:
        """Whether what is told now is heard here."""
        ...

    async def start(
        self, types: Collection[str], *, heard: Callable[[Change], None], missed: Callable[[], None]
    ) -> None:
        """Begin to hear of some event types; `missed` is called after a gap."""
        ...

    async def stop(self) -> None:
        """Hang up."""
        ...

    async def caught_up(self) -> bool:
        """Return whether everything that was told before this call has been heard here; False: that is not known."""
        ...

    async def tell(self, changes: Collection[Change]) -> None:
        """Return once all who hear and then catch up know of it; who cannot be reached learns of it by the events."""
        ...
