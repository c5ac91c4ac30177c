"""What people tells the others: profiles, its event and its port."""

from typing import ClassVar

from stoa.kit.contract import Event, OrganizationId, Struct, UserId
from stoa.kit.errors import Invalid, NotFound, Unavailable
from stoa.kit.ports import Port, call


class Profile(Struct, frozen=True, kw_only=True):
    """How somebody is called in an organization."""

    user: UserId
    display_name: str
    pronouns: str
    locale: str
    time_zone: str


class ProfileRenamed(Event, frozen=True, kw_only=True):
    """Somebody is called otherwise from now on."""

    type_: ClassVar[str] = "stoa.people.profile-renamed.v1"
    key_: ClassVar[str] = "user_id"

    user_id: UserId
    display_name: str


class ProfileNotFound(NotFound):
    """Nobody of this id is known in the organization."""

    code, title = "people.profile_not_found", "There is no such person here"


class ProfilePending(Unavailable):
    """The account was opened a moment ago and its profile is on its way."""

    code, title = "people.profile_pending", "Your profile is being made; try again in a moment"


class ProfileInvalid(Invalid):
    """A field of the profile cannot be used; the detail says which."""

    code, title = "people.profile_invalid", "The profile cannot be saved"


class PeoplePort(Port):
    """What other services may ask of people."""

    service_: ClassVar[str] = "people"

    @call(idempotent=True)
    async def profiles_of(self, *, organization: OrganizationId, users: list[UserId]) -> list[Profile]:
        """Return the profiles of these users in an organization, in no particular order, at most 500."""
        raise NotImplementedError
