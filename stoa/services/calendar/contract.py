"""The words that calendar shares with other services."""

from datetime import datetime

from stoa.kit.contract import OrganizationId, Struct
from stoa.kit.ports import Port, call


class CalendarStanding(Struct, frozen=True, kw_only=True):
    """How calendar stands in one organization at one moment."""

    organization_id: OrganizationId
    at: datetime
    notes: int


class CalendarPort(Port):
    """What other services may ask calendar."""

    service_ = "calendar"

    @call(idempotent=True)
    async def standing_of(self, *, organization: OrganizationId) -> CalendarStanding:
        """Return how calendar stands in an organization."""
        raise NotImplementedError
