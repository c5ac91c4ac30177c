"""The use cases of people."""

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.errors import PreconditionFailed
from stoa.kit.events import Delivery
from stoa.kit.store import Store
from stoa.services.people import domain
from stoa.services.people.contract import (
    PeoplePort,
    Profile,
    ProfileNotFound,
    ProfilePending,
    ProfileRenamed,
)
from stoa.services.people.store import OwnProfile, PeopleTx

_CLOSED_NAME = "Closed account"


class People(PeoplePort):
    """How people are called and how they like the platform to be."""

    def __init__(self, *, store: Store[PeopleTx], clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def profiles_of(self, *, organization: OrganizationId, users: list[UserId]) -> list[Profile]:
        """Return the profiles of these users in an organization, at most 500."""
        async with self._store.reading(organization=organization) as tx:
            return await tx.profiles_of(users[:500])

    async def own(self, *, organization: OrganizationId, user: UserId) -> OwnProfile:
        """Return somebody's own profile."""
        async with self._store.reading(organization=organization) as tx:
            profile = await tx.own(user)
        if profile is None:
            raise ProfilePending(retry_after_s=1)
        return profile

    async def profile(self, *, organization: OrganizationId, user: UserId) -> Profile:
        """Return what others may know of somebody in the same organization."""
        found = await self.profiles_of(organization=organization, users=[user])
        if not found:
            raise ProfileNotFound
        return found[0]

    async def update(self, *, organization: OrganizationId, profile: OwnProfile) -> OwnProfile:
        """Save somebody's own profile, if it was not changed elsewhere meanwhile."""
        checked = msgspec.structs.replace(
            profile,
            display_name=domain.clean_name(profile.display_name, field="display_name"),
            legal_name=domain.clean_name(profile.legal_name, field="legal_name", may_be_empty=True),
            pronouns=domain.clean_name(profile.pronouns, field="pronouns", may_be_empty=True),
            locale=domain.check_locale(profile.locale),
            time_zone=domain.check_time_zone(profile.time_zone),
            theme=domain.check_theme(profile.theme),
        )
        async with self._store.transaction(organization=organization) as tx:
            before = await tx.own(profile.user_id)
            saved = await tx.update(checked, at=self._clock.now())
            if before is None:
                raise ProfilePending(retry_after_s=1)
            if saved is None:
                raise PreconditionFailed(fields={"current": msgspec.to_builtins(before)})
            if saved.display_name != before.display_name:
                tx.publish(
                    ProfileRenamed(
                        organization_id=organization, user_id=profile.user_id, display_name=saved.display_name
                    )
                )
        return saved

    async def open_profile(
        self, *, organization: OrganizationId, user: UserId, display_name: str, locale: str, delivery: Delivery
    ) -> None:
        """Make the profile of somebody who has come."""
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            await tx.add(user, display_name=display_name, locale=locale, at=self._clock.now())

    async def forget(self, *, organization: OrganizationId, user: UserId, delivery: Delivery) -> None:
        """Forget who the owner of a closed account was."""
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            await tx.erase(user, name=_CLOSED_NAME, at=self._clock.now())
            tx.publish(ProfileRenamed(organization_id=organization, user_id=user, display_name=_CLOSED_NAME))
