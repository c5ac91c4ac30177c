"""The HTTP face of people."""

from typing import Annotated

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import Struct, UserId
from stoa.kit.http.router import MEMBER, Answer, IfMatch, Router
from stoa.services.people.contract import Profile, ProfileInvalid, ProfileNotFound, ProfilePending
from stoa.services.people.policy import WRITES
from stoa.services.people.service import People
from stoa.services.people.store import OwnProfile

router = Router("people")

Line = Annotated[str, msgspec.Meta(max_length=120)]


class ProfileChange(Struct, frozen=True, kw_only=True):
    """The fields to change; what is left out stays."""

    display_name: Line | msgspec.UnsetType = msgspec.UNSET
    legal_name: Line | msgspec.UnsetType = msgspec.UNSET
    pronouns: Annotated[str, msgspec.Meta(max_length=40)] | msgspec.UnsetType = msgspec.UNSET
    bio: Annotated[str, msgspec.Meta(max_length=2000)] | msgspec.UnsetType = msgspec.UNSET
    locale: Annotated[str, msgspec.Meta(max_length=35)] | msgspec.UnsetType = msgspec.UNSET
    time_zone: Annotated[str, msgspec.Meta(max_length=64)] | msgspec.UnsetType = msgspec.UNSET
    theme: Annotated[str, msgspec.Meta(max_length=16)] | msgspec.UnsetType = msgspec.UNSET
    text_spacing: bool | msgspec.UnsetType = msgspec.UNSET
    preferences: (
        Annotated[
            dict[Annotated[str, msgspec.Meta(max_length=64)], Annotated[str, msgspec.Meta(max_length=1000)]],
            msgspec.Meta(max_length=50),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET


@router.get("/people/me", permission=MEMBER, errors=(ProfilePending,))
async def my_profile(caller: Caller, people: People) -> Answer[OwnProfile]:
    """The caller's own profile; its version is the ETag."""
    profile = await people.own(organization=caller.require_organization(), user=caller.require_user())
    return Answer(profile, etag=profile.version)


@router.patch("/people/me", permission=MEMBER, limit=WRITES, errors=(ProfileInvalid, ProfilePending))
async def update_my_profile(
    body: ProfileChange, if_match: IfMatch, caller: Caller, people: People
) -> Answer[OwnProfile]:
    """Change the caller's own profile."""
    given = {name: value for name in body.__struct_fields__ if (value := getattr(body, name)) is not msgspec.UNSET}
    saved = await people.update(
        organization=caller.require_organization(),
        user=caller.require_user(),
        version=if_match.version,
        changes=given,
    )
    return Answer(saved, etag=saved.version)


@router.get("/people/{user}", permission=MEMBER, errors=(ProfileNotFound,))
async def profile(user: UserId, caller: Caller, people: People) -> Profile:
    """How somebody in the same organization is called."""
    return await people.profile(organization=caller.require_organization(), user=user)
