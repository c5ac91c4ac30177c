"""The SQL of organizations."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from stoa.kit.auth.caller import Grant, GrantSet
from stoa.kit.contract import OrganizationId, Struct, UserId, new_id
from stoa.kit.store import UnitOfWork
from stoa.services.organizations.contract import GrantId, Membership, Organization, RoleHolder

Branding = Mapping[str, Mapping[str, str]]


class Tenant(Struct, frozen=True, kw_only=True):
    """An organization with what only its own page shows."""

    organization: Organization
    branding: dict[str, dict[str, str]]
    version: int
    created_at: datetime


class Member(Struct, frozen=True, kw_only=True):
    """Somebody who belongs to an organization."""

    user: UserId
    display_name: str
    name_key: str
    joined_at: datetime


class HeldRole(Struct, frozen=True, kw_only=True):
    """A role and whose it is."""

    grant: GrantId
    user: UserId
    held: Grant


class OrganizationsTx(UnitOfWork):
    """The questions that organizations asks of its tables."""

    async def tenant(self, organization: UUID) -> Tenant | None:
        """Return an organization by id."""
        row = await self.fetchrow("select * from organizations.organizations where organization_id = $1", organization)
        return _tenant(row) if row else None

    async def tenant_by_slug(self, slug: str) -> Tenant | None:
        """Return an organization by its short name."""
        row = await self.fetchrow("select * from organizations.organizations where slug = $1", slug)
        return _tenant(row) if row else None

    async def slugs(self, *, at_most: int) -> list[str]:
        """Return the first short names in their order."""
        rows = await self.fetch("select slug from organizations.organizations order by slug limit $1", at_most)
        return [row["slug"] for row in rows]

    async def tenants_of(self, user: UserId) -> list[Tenant]:
        """Return the organizations that somebody belongs to, by name, at most 200."""
        rows = await self.fetch(
            "select o.* from organizations.memberships m join organizations.organizations o"
            " on o.organization_id = m.member_of where m.user_id = $1 order by o.name limit 200",
            user,
        )
        return [_tenant(row) for row in rows]

    async def add_tenant(self, organization: OrganizationId, *, slug: str, name: str, at: datetime) -> bool:
        """Found an organization; False where the slug is taken."""
        count = await self.execute(
            "insert into organizations.organizations (organization_id, slug, name, created_at) values ($1, $2, $3, $4)"
            " on conflict (slug) do nothing",
            organization,
            slug,
            name,
            at,
        )
        return count == 1

    async def update_tenant(
        self, organization: UUID, *, version: int, name: str, branding: Branding, allows_sign_up: bool
    ) -> int | None:
        """Change an organization if its version is still this one; return the next version."""
        found = await self.fetchval(
            "update organizations.organizations set name = $3, branding = $4, allows_sign_up = $5, version ="
            " version + 1"
            " where organization_id = $1 and version = $2 returning version",
            organization,
            version,
            name,
            branding,
            allows_sign_up,
        )
        return None if found is None else int(found)

    async def add_member(
        self, user: UserId, *, display_name: str, name_key: str, at: datetime, may_return: bool
    ) -> bool:
        """Make somebody a member, or one again where that may be; False where nothing changed."""
        count = await self.execute(
            "insert into organizations.members as m (organization_id, user_id, display_name, name_key, joined_at)"
            " values ($1, $2, $3, $4, $5) on conflict (organization_id, user_id)"
            " do update set removed_at = null, joined_at = $5 where m.removed_at is not null and $6",
            self.organization,
            user,
            display_name,
            name_key,
            at,
            may_return,
        )
        if count == 0:
            return False
        await self.execute(
            "insert into organizations.memberships (user_id, member_of) values ($1, $2) on conflict do nothing",
            user,
            self.organization,
        )
        return True

    async def memberships_of(self, user: UserId) -> list[OrganizationId]:
        """Return every organization that somebody belongs to."""
        rows = await self.fetch("select member_of from organizations.memberships where user_id = $1", user)
        return [OrganizationId(row["member_of"]) for row in rows]

    async def remove_member(self, user: UserId, *, at: datetime) -> int | None:
        """End a membership; return the new version of somebody's roles, None where they were no member."""
        version: int | None = await self.fetchval(
            "update organizations.members set removed_at = $3, grants_version = grants_version + 1"
            " where organization_id = $1 and user_id = $2 and removed_at is null returning grants_version",
            self.organization,
            user,
            at,
        )
        await self.execute(
            "delete from organizations.memberships where user_id = $1 and member_of = $2", user, self.organization
        )
        return version

    async def rename_member(self, user: UserId, *, display_name: str, name_key: str) -> None:
        """Note somebody's new name."""
        await self.execute(
            "update organizations.members set display_name = $3, name_key = $4"
            " where organization_id = $1 and user_id = $2",
            self.organization,
            user,
            display_name,
            name_key,
        )

    async def members(
        self, *, query: str, after: tuple[str, UUID] | None, limit: int, role: str | None
    ) -> list[Member]:
        """Return members by name, those whose name contains the query, from after a (name key, id)."""
        key, user = after or ("", UUID(int=0))
        rows = await self.fetch(
            "select m.user_id, m.display_name, m.name_key, m.joined_at from organizations.members m"
            " where m.organization_id = $1 and m.removed_at is null and (m.name_key, m.user_id) > ($2, $3)"
            " and ($4 = '' or position($4 in m.name_key) > 0)"
            " and ($6::text is null or exists (select 1 from organizations.grants g where g.organization_id = $1"
            " and g.user_id = m.user_id and g.role = $6))"
            " order by m.name_key, m.user_id limit $5",
            self.organization,
            key,
            user,
            query,
            limit,
            role,
        )
        return [
            Member(
                user=row["user_id"],
                display_name=row["display_name"],
                name_key=row["name_key"],
                joined_at=row["joined_at"],
            )
            for row in rows
        ]

    async def membership_of(self, user: UserId) -> Membership:
        """Say whether somebody belongs to the organization."""
        row = await self.fetchrow(
            "select removed_at from organizations.members where organization_id = $1 and user_id = $2",
            self.organization,
            user,
        )
        if row is None:
            return Membership.NONE
        return Membership.MEMBER if row["removed_at"] is None else Membership.GONE

    async def grants_of(self, user: UserId) -> GrantSet:
        """Return all roles of somebody here and system-wide, in one query."""
        rows = await self.fetch(
            "select m.grants_version, g.role, g.scope, g.scope_id, g.since, g.until, g.prohibit, m.organization_id"
            " from organizations.members m left join organizations.grants g"
            " on g.organization_id = m.organization_id and g.user_id = m.user_id and m.removed_at is null"
            " where m.organization_id = $1 and m.user_id = $2",
            self.organization,
            user,
        )
        is_operator = await self.fetchval("select 1 from organizations.operators where user_id = $1", user)
        grants = [_grant(row) for row in rows if row["role"] is not None]
        if is_operator:
            grants.append(Grant(role="operator", scope="system", scope_id=None, since=None, until=None))
        return GrantSet(version=rows[0]["grants_version"] if rows else 0, grants=tuple(grants))

    async def held_roles(self, users: list[UserId]) -> list[HeldRole]:
        """Return the roles of many members."""
        rows = await self.fetch(
            "select * from organizations.grants where organization_id = $1 and user_id = any($2) order by granted_at",
            self.organization,
            users,
        )
        return [HeldRole(grant=row["grant_id"], user=row["user_id"], held=_grant(row)) for row in rows]

    async def role_holders(self, *, scope: str, scope_id: UUID | None, now: datetime) -> list[RoleHolder]:
        """Return who holds a role in exactly this scope now."""
        rows = await self.fetch(
            "select g.user_id, m.display_name, g.role from organizations.grants g join organizations.members m"
            " on m.organization_id = g.organization_id and m.user_id = g.user_id and m.removed_at is null"
            " where g.organization_id = $1 and g.scope = $2 and g.scope_id is not distinct from $3 and not g.prohibit"
            " and (g.since is null or g.since <= $4) and (g.until is null or g.until > $4)"
            " order by m.name_key limit 500",
            self.organization,
            scope,
            scope_id,
            now,
        )
        return [RoleHolder(user=row["user_id"], display_name=row["display_name"], role=row["role"]) for row in rows]

    async def members_in(self, *, after: UserId | None, limit: int) -> list[UserId]:
        """Return members by their ids."""
        rows = await self.fetch(
            "select user_id from organizations.members where organization_id = $1 and removed_at is null"
            " and ($2::uuid is null or user_id > $2) order by user_id limit $3",
            self.organization,
            after,
            limit,
        )
        return [UserId(row["user_id"]) for row in rows]

    async def member_count(self, *, at_most: int) -> int:
        """Count members, no further than so many."""
        found: int = await self.fetchval(
            "select count(*) from (select from organizations.members where organization_id = $1"
            " and removed_at is null limit $2) as counted",
            self.organization,
            at_most,
        )
        return found

    async def add_grant(
        self, user: UserId, held: Grant, *, actor: UserId | None, at: datetime, sets_dates: bool
    ) -> int | None:
        """Give a role or, if so asked, set its dates; return the new version, None where nothing changed."""
        count = await self.execute(
            "insert into organizations.grants as g (organization_id, user_id, grant_id, role, scope, scope_id, since,"
            " until, prohibit, granted_by, granted_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
            " on conflict (organization_id, user_id, role, scope, scope_id, prohibit) do update"
            " set since = $7, until = $8, granted_by = $10, granted_at = $11"
            " where $12 and (g.since, g.until) is distinct from ($7::timestamptz, $8::timestamptz)",
            self.organization,
            user,
            new_id(),
            held.role,
            held.scope,
            None if held.scope == "organization" else held.scope_id,
            held.since,
            held.until,
            held.prohibit,
            actor,
            at,
            sets_dates,
        )
        if count == 0:
            return None
        return await self._note(user, "prohibit" if held.prohibit else "grant", held, actor=actor, at=at)

    async def hold_owners(self) -> None:
        """Keep others from changing who owns the organization, so that the last owner cannot be lost in a race."""
        await self.fetch(
            "select 1 from organizations.organizations where organization_id = $1 for no key update", self.organization
        )

    async def grant_of(self, user: UserId, grant: GrantId) -> Grant | None:
        """Return one role of somebody."""
        row = await self.fetchrow(
            "select * from organizations.grants where organization_id = $1 and user_id = $2 and grant_id = $3",
            self.organization,
            user,
            grant,
        )
        return _grant(row) if row else None

    async def other_owners(self, user: UserId, *, now: datetime) -> int:
        """Count the owners besides somebody whose role does not end."""
        count = await self.fetchval(
            "select count(*) from organizations.grants g where organization_id = $1 and user_id <> $2"
            " and role = 'owner' and scope = 'organization' and not prohibit and (since is null or since <= $3)"
            " and until is null and not exists (select 1 from organizations.grants p where"
            " p.organization_id = $1 and p.user_id = g.user_id and p.prohibit and p.scope = 'organization')",
            self.organization,
            user,
            now,
        )
        return int(count)

    async def remove_grant(
        self, user: UserId, grant: GrantId, held: Grant, *, actor: UserId | None, at: datetime
    ) -> int:
        """Take a role; return the new version of somebody's roles."""
        await self.execute(
            "delete from organizations.grants where organization_id = $1 and user_id = $2 and grant_id = $3",
            self.organization,
            user,
            grant,
        )
        return await self._note(user, "revoke", held, actor=actor, at=at)

    async def remove_all_grants(self, user: UserId, *, actor: UserId | None, at: datetime) -> int:
        """Take all roles of somebody; return the new version."""
        rows = await self.fetch(
            "delete from organizations.grants where organization_id = $1 and user_id = $2 returning *",
            self.organization,
            user,
        )
        version = 0
        for row in rows:
            version = await self._note(user, "revoke", _grant(row), actor=actor, at=at)
        return version

    async def make_operator(self, user: UserId, *, at: datetime) -> None:
        """Let somebody run the whole platform."""
        await self.execute(
            "insert into organizations.operators (user_id, since) values ($1, $2) on conflict do nothing", user, at
        )

    async def counts(self, *, now: datetime) -> dict[str, int]:
        """Return how many members there are and how many hold each role of the organization's scope now."""
        rows = await self.fetch(
            "select 'members' as role, count(*) as n from organizations.members where organization_id = $1"
            " and removed_at is null union all select role, count(distinct user_id) from organizations.grants"
            " where organization_id = $1 and scope = 'organization' and not prohibit"
            " and (since is null or since <= $2) and (until is null or until > $2) group by role",
            self.organization,
            now,
        )
        return {row["role"]: row["n"] for row in rows}

    async def _note(self, user: UserId, action: str, held: Grant, *, actor: UserId | None, at: datetime) -> int:
        await self.execute(
            "insert into organizations.grant_history (organization_id, entry_id, user_id, action, role, scope,"
            " scope_id,"
            " actor, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            self.organization,
            new_id(),
            user,
            action,
            held.role,
            held.scope,
            held.scope_id,
            actor,
            at,
        )
        version = await self.fetchval(
            "update organizations.members set grants_version = grants_version + 1"
            " where organization_id = $1 and user_id = $2 returning grants_version",
            self.organization,
            user,
        )
        return int(version or 0)


def _tenant(row: Record) -> Tenant:
    organization = Organization(
        organization=row["organization_id"],
        slug=row["slug"],
        name=row["name"],
        allows_sign_up=row["allows_sign_up"],
    )
    return Tenant(
        organization=organization, branding=row["branding"], version=row["version"], created_at=row["created_at"]
    )


def _grant(row: Record) -> Grant:
    return Grant(
        role=row["role"],
        scope=row["scope"],
        scope_id=row["organization_id"] if row["scope"] == "organization" else row["scope_id"],
        since=row["since"],
        until=row["until"],
        prohibit=row["prohibit"],
    )
