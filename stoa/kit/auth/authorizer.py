"""Deciding whether a caller may do something: role, scope, resource state and time; deny by default."""

from collections.abc import Mapping
from uuid import UUID

from stoa.kit.auth.caller import OPERATOR, ORGANIZATION, SYSTEM, Caller, Grant
from stoa.kit.auth.permission import Permission
from stoa.kit.clock import Clock
from stoa.kit.contract import Struct
from stoa.kit.errors import Forbidden, NotFound, Unauthenticated

# The wider scope has the smaller number; what is not named here (course, section, group) is the most specific.
_WIDTH = {SYSTEM: 0, ORGANIZATION: 1, "course": 2, "section": 3, "group": 4}
_ANY_ROLE = "*"
_NOWHERE: Mapping[str, UUID] = {}


class Decision(Struct, frozen=True, kw_only=True):
    """An answer to "may they?", with the rule that gave it."""

    allowed: bool
    rule: str
    reason: str
    hidden: bool = False
    grant: Grant | None = None


_PUBLIC = Decision(allowed=True, rule="public", reason="Anyone may do this.")
_GUEST = Decision(allowed=False, rule="guest", reason="Nobody is logged in.")
_LOGGED_IN = Decision(allowed=True, rule="authenticated", reason="The caller is logged in.")
_STRANGER = Decision(
    allowed=False, rule="other_organization", reason="The resource belongs to another organization.", hidden=True
)


class Authorizer:
    """Decides by the caller's grants alone, without asking anybody."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def decide(
        self,
        caller: Caller,
        permission: Permission,
        scope_id: UUID | None = None,
        *,
        state: str | None = None,
        inside: Mapping[str, UUID] = _NOWHERE,
    ) -> Decision:
        """Decide whether the caller may use a permission on a resource; `inside` names the scopes that contain it."""
        if permission.audience == "public":
            return _PUBLIC
        if caller.user is None:
            return _GUEST
        if permission.audience == "authenticated":
            return _LOGGED_IN
        covering = [grant for grant in self._active(caller) if _covers(grant, caller, permission, scope_id, inside)]
        if permission.audience == "member":
            return _membership(caller, covering)
        return _verdict(caller, permission, scope_id, state, covering)

    def explain(
        self,
        caller: Caller,
        permission: Permission,
        scope_id: UUID | None = None,
        *,
        state: str | None = None,
        inside: Mapping[str, UUID] = _NOWHERE,
    ) -> str:
        """Say in a sentence which rule decided."""
        decision = self.decide(caller, permission, scope_id, state=state, inside=inside)
        verdict = "allowed" if decision.allowed else "refused"
        return f"{permission.name}: {verdict} by rule {decision.rule}. {decision.reason}"

    def require(
        self,
        caller: Caller,
        permission: Permission,
        scope_id: UUID | None = None,
        *,
        state: str | None = None,
        inside: Mapping[str, UUID] = _NOWHERE,
    ) -> Decision:
        """Let the caller pass, or raise: 401 for a guest, 404 for another organization's thing, else 403."""
        decision = self.decide(caller, permission, scope_id, state=state, inside=inside)
        if decision.allowed:
            return decision
        if decision.rule == "guest":
            raise Unauthenticated
        if decision.hidden:
            raise NotFound
        raise Forbidden(
            f"This needs the permission {permission.name}.",
            hint=permission.help or decision.reason,
            fields={"permission": permission.name, "rule": decision.rule},
        )

    def _active(self, caller: Caller) -> list[Grant]:
        now = self._clock.now()
        return [grant for grant in caller.grants if grant.is_active(now)]


def _covers(
    grant: Grant, caller: Caller, permission: Permission, scope_id: UUID | None, inside: Mapping[str, UUID]
) -> bool:
    if grant.scope == SYSTEM:
        return True
    if grant.scope == ORGANIZATION:
        return grant.scope_id is not None and grant.scope_id == caller.organization
    if permission.audience == "member":
        return not grant.prohibit
    if grant.scope_id is None:
        return False
    if grant.scope == permission.scope:
        return grant.scope_id == scope_id
    return inside.get(grant.scope) == grant.scope_id


def _membership(caller: Caller, covering: list[Grant]) -> Decision:
    banned = next((grant for grant in covering if grant.prohibit and grant.role == _ANY_ROLE), None)
    if banned is not None:
        return Decision(allowed=False, rule="prohibited", reason="The membership is suspended.", grant=banned)
    held = next((grant for grant in covering if not grant.prohibit), None)
    if caller.organization is None or held is None:
        return Decision(allowed=False, rule="no_membership", reason="The caller holds no role in the organization.")
    return Decision(allowed=True, rule="member", reason="The caller holds a role in the organization.", grant=held)


def _verdict(
    caller: Caller, permission: Permission, scope_id: UUID | None, state: str | None, covering: list[Grant]
) -> Decision:
    operates = permission.operator and any(
        grant.scope == SYSTEM and grant.role == OPERATOR and not grant.prohibit for grant in covering
    )
    foreign = permission.scope == ORGANIZATION and scope_id is not None and scope_id != caller.organization
    if foreign and not operates:
        return _STRANGER
    forbidding, allowing = _sort(permission, covering)
    if forbidding is not None:
        return Decision(
            allowed=False,
            rule="prohibited",
            reason=f"The role {forbidding.role} is prohibited in this {forbidding.scope}.",
            grant=forbidding,
        )
    if allowing is None:
        return Decision(
            allowed=False, rule="no_role", reason=f"None of the caller's roles carries {permission.name} here."
        )
    if permission.states and state is not None and state not in permission.states:
        return Decision(
            allowed=False,
            rule="state",
            reason=f"This can be done while it is {' or '.join(permission.states)}; it is {state}.",
            grant=allowing,
        )
    return Decision(
        allowed=True,
        rule=f"{allowing.scope}.{allowing.role}",
        reason=f"The role {allowing.role} in this {allowing.scope} carries {permission.name}.",
        grant=allowing,
    )


def _sort(permission: Permission, covering: list[Grant]) -> tuple[Grant | None, Grant | None]:
    """Return the most specific grant that forbids and the most specific one that allows."""
    forbidding: Grant | None = None
    allowing: Grant | None = None
    for grant in covering:
        if grant.prohibit:
            bans = grant.role == _ANY_ROLE or permission.is_carried_by(grant.role, grant.scope)
            if bans and (forbidding is None or _is_narrower(grant, forbidding)):
                forbidding = grant
        elif _carries(permission, grant) and (allowing is None or _is_narrower(grant, allowing)):
            allowing = grant
    return forbidding, allowing


def _carries(permission: Permission, grant: Grant) -> bool:
    if grant.scope == SYSTEM and grant.role == OPERATOR:
        return permission.operator or permission.is_carried_by(OPERATOR, SYSTEM)
    return permission.is_carried_by(grant.role, grant.scope)


def _is_narrower(one: Grant, other: Grant) -> bool:
    return _WIDTH.get(one.scope, 5) > _WIDTH.get(other.scope, 5)
