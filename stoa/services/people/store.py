"""The SQL of people."""

from datetime import datetime

from asyncpg import Record

from stoa.kit.contract import Struct, UserId
from stoa.kit.store import UnitOfWork
from stoa.services.people.contract import Profile


class OwnProfile(Struct, frozen=True, kw_only=True):
    """A profile as its owner sees it."""

    user_id: UserId
    display_name: str
    legal_name: str
    pronouns: str
    bio: str
    locale: str
    time_zone: str
    theme: str
    text_spacing: bool
    preferences: dict[str, str]
    version: int


_OWN = "user_id, display_name, legal_name, pronouns, bio, locale, time_zone, theme, text_spacing, preferences, version"


class PeopleTx(UnitOfWork):
    """The questions that people asks of its table."""

    async def add(self, user: UserId, *, display_name: str, locale: str, at: datetime, is_own_word: bool) -> None:
        """Make a profile unless there is one; the owner's own word replaces what nobody has edited yet."""
        await self.execute(
            "insert into people.profiles as p (user_id, organization_id, display_name, locale, updated_at)"
            " values ($1, $2, $3, $4, $5) on conflict (user_id, organization_id)"
            " do update set display_name = $3, locale = $4 where p.version = 1 and $6",
            user,
            self.organization,
            display_name,
            locale,
            at,
            is_own_word,
        )

    async def own(self, user: UserId) -> OwnProfile | None:
        """Return somebody's profile as its owner sees it."""
        row = await self.fetchrow(
            "select * from people.profiles where user_id = $1 and organization_id = $2",
            user,
            self.organization,
        )
        return _own(row) if row else None

    async def own_for_update(self, user: UserId) -> OwnProfile | None:
        """Return somebody's profile and keep others from changing it until the end."""
        row = await self.fetchrow(
            "select * from people.profiles where user_id = $1 and organization_id = $2 for update",
            user,
            self.organization,
        )
        return _own(row) if row else None

    async def profiles_of(self, users: list[UserId]) -> list[Profile]:
        """Return what all may know of these people."""
        rows = await self.fetch(
            "select user_id, display_name, pronouns, locale, time_zone from people.profiles"
            " where user_id = any($1) and organization_id = $2",
            users,
            self.organization,
        )
        return [
            Profile(
                user=row["user_id"],
                display_name=row["display_name"],
                pronouns=row["pronouns"],
                locale=row["locale"],
                time_zone=row["time_zone"],
            )
            for row in rows
        ]

    async def save(self, profile: OwnProfile, *, at: datetime) -> None:
        """Write a profile."""
        await self.execute(
            "update people.profiles set display_name = $3, legal_name = $4, pronouns = $5, bio = $6, locale = $7,"
            " time_zone = $8, theme = $9, text_spacing = $10, preferences = $11, version = $13,"
            " updated_at = $12 where user_id = $1 and organization_id = $2",
            profile.user_id,
            self.organization,
            profile.display_name,
            profile.legal_name,
            profile.pronouns,
            profile.bio,
            profile.locale,
            profile.time_zone,
            profile.theme,
            profile.text_spacing,
            profile.preferences,
            at,
            profile.version,
        )

    async def erase(self, user: UserId, *, name: str, at: datetime) -> None:
        """Forget who somebody was, and keep a later word of the name from bringing it back."""
        await self.execute(
            "insert into people.profiles as p (user_id, organization_id, display_name, locale, version, updated_at)"
            " values ($1, $2, $3, 'en', 2, $4) on conflict (user_id, organization_id) do update"
            " set display_name = $3, legal_name = '', pronouns = '', bio = '',"
            " preferences = '{}', version = p.version + 1, updated_at = $4",
            user,
            self.organization,
            name,
            at,
        )


def _own(row: Record) -> OwnProfile:
    return OwnProfile(**{name: row[name] for name in OwnProfile.__struct_fields__})
