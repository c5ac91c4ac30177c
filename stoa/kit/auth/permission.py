"""What may be done: permissions that services declare in their policy."""

from dataclasses import dataclass, field
from typing import Literal

Audience = Literal["granted", "member", "authenticated", "public"]


@dataclass(frozen=True, slots=True, eq=False)
class Permission:
    """A named right with the roles that carry it; whoever holds none of them is refused.

    A role is `"author"` (held in any scope that covers the resource) or `"course:author"` (held in that scope only).
    `states` limits the right to resources in those states. The system's operator holds every right unless
    `operator=False`.
    """

    name: str
    help: str = ""
    scope: str = "organization"
    roles: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    operator: bool = True
    audience: Audience = "granted"
    anywhere: frozenset[str] = field(init=False, repr=False)
    within: frozenset[tuple[str, str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        pairs = [role.partition(":") for role in self.roles]
        object.__setattr__(self, "anywhere", frozenset(head for head, colon, _ in pairs if not colon))
        object.__setattr__(self, "within", frozenset((head, role) for head, colon, role in pairs if colon))

    def is_carried_by(self, role: str, scope: str) -> bool:
        """Tell whether a role held in a scope carries this right."""
        return role in self.anywhere or (scope, role) in self.within


PUBLIC = Permission("public", help="Anyone, logged in or not.", audience="public")
AUTHENTICATED = Permission("authenticated", help="Anyone who is logged in.", audience="authenticated")
MEMBER = Permission("member", help="Anyone who holds a role in the organization.", audience="member")
