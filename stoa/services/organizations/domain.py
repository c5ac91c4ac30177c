"""The rules of organizations: slugs, which role may give which, and colours that can be read."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from stoa.kit.auth.authorizer import Decision
from stoa.kit.auth.caller import Grant
from stoa.kit.contract import Struct
from stoa.services.organizations.contract import BrandingRefused, UnknownRole

# Which rights a role carries in a scope.
Carried = Callable[[str, str], frozenset[str]]
ROLES_BY_SCOPE: Mapping[str, tuple[str, ...]] = {
    "organization": ("owner", "admin", "author", "instructor", "learner"),
    "course": ("author", "instructor", "assistant"),
}
# Who may give (and take) what, in their own scope or a narrower one: never a role that carries more than theirs.
COVERS: Mapping[str, frozenset[str]] = {
    "operator": frozenset({"owner", "admin", "author", "instructor", "assistant", "learner"}),
    "owner": frozenset({"owner", "admin", "author", "instructor", "assistant", "learner"}),
    "admin": frozenset({"admin", "author", "instructor", "assistant", "learner"}),
    "author": frozenset({"author", "assistant"}),
    "instructor": frozenset({"instructor", "assistant"}),
}
# Tatweel stretches an Arabic word, joiners and marks of direction shape it: nobody types them to search.
_UNSEEN = frozenset("\u0640\u200b\u200c\u200d\u200e\u200f\ufeff\0")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# Foreground and background that meet on the page; WCAG 2.2 1.4.3 asks for 4.5 : 1.
PAIRS = (
    ("text", "bg"), ("text", "surface"), ("text", "surface-2"), ("text-2", "bg"), ("text-2", "surface"),
    ("text-3", "surface"), ("primary", "bg"), ("primary", "surface"), ("on-primary", "primary"),
    ("on-primary", "primary-hover"), ("primary-text", "primary-soft"), ("success", "success-soft"),
    ("warning", "warning-soft"), ("danger", "danger-soft"), ("on-live", "live"), ("on-accent", "accent"),
)  # fmt: skip
VARIABLES = frozenset(
    [
        "bg",
        "surface",
        "surface-2",
        "border",
        "border-strong",
        "text",
        "text-2",
        "text-3",
        "primary",
        "primary-hover",
        "on-primary",
        "primary-soft",
        "primary-text",
        "success",
        "success-soft",
        "warning",
        "warning-soft",
        "danger",
        "danger-soft",
        "live",
        "on-live",
        "accent",
        "on-accent",
        "focus",
    ]
)
LEAST_CONTRAST = 4.5


def is_slug(text: str) -> bool:
    """Say whether a text can be the short name in an address: a-z, 0-9 and hyphens within, at most 63."""
    return _SLUG.fullmatch(text) is not None


def check_role(role: str, scope: str, scope_id: UUID | None) -> None:
    """Raise UnknownRole unless the role exists in the scope and the scope names its resource."""
    if role not in ROLES_BY_SCOPE.get(scope, ()):
        known = ", ".join(ROLES_BY_SCOPE.get(scope, ())) or "none"
        raise UnknownRole(f"'{role}' is not a role in the scope '{scope}'", hint=f"Roles there: {known}")
    if (scope == "organization") != (scope_id is None):
        raise UnknownRole("A role in a course names the course; a role in an organization names nothing else")


class Giving(Struct, frozen=True, kw_only=True):
    """A role that somebody would give, where and until when; what is taken does not last."""

    role: str
    scope: str
    scope_id: UUID | None = None
    until: datetime | None = None
    is_lasting: bool = True


def decide_grant(held: Iterable[Grant], giving: Giving, *, carried: Carried, now: datetime) -> Decision:
    """Decide whether roles held now reach as far as one to be given: in rank, in scope, in rights and in time."""
    reaching = [
        grant
        for grant in held
        if grant.is_active(now)
        and (
            grant.scope in ("system", "organization")
            or (grant.scope == giving.scope and grant.scope_id == giving.scope_id)
        )
    ]
    prohibited = {grant.role for grant in reaching if grant.prohibit}
    lost = frozenset[str]().union(*(carried(grant.role, grant.scope) for grant in reaching if grant.prohibit))
    wanted = carried(giving.role, giving.scope)
    shorter: Grant | None = None
    for grant in reaching:
        if grant.prohibit or grant.role in prohibited or giving.role not in COVERS.get(grant.role, frozenset()):
            continue
        if not wanted <= carried(grant.role, grant.scope) - lost:
            continue
        if giving.is_lasting and grant.until is not None and (giving.until is None or giving.until > grant.until):
            shorter = grant
            continue
        reason = f"The role {grant.role} in this {grant.scope} covers {giving.role}."
        return Decision(allowed=True, rule=f"{grant.scope}.{grant.role}", reason=reason, grant=grant)
    if shorter is not None:
        reason = f"The role {shorter.role} that would give it ends before {giving.role} would."
        return Decision(allowed=False, rule="outlives", reason=reason, grant=shorter)
    reason = f"No role held here carries all that {giving.role} in this {giving.scope} would."
    return Decision(allowed=False, rule="not_held", reason=reason)


def check_dates(since: datetime | None, until: datetime | None) -> None:
    """Raise UnknownRole unless a role begins before it ends."""
    if since is not None and until is not None and since >= until:
        raise UnknownRole("A role begins before it ends")


def name_key(name: str) -> str:
    """Return the form under which names are sorted and searched: NFKD without marks and tatweel, folded."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(char for char in decomposed if not unicodedata.combining(char) and char not in _UNSEEN)
    return " ".join(kept.split())


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast ratio, 1 to 21, of two #rrggbb colours (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def check_branding(branding: Mapping[str, Mapping[str, str]], defaults: Mapping[str, Mapping[str, str]]) -> None:
    """Raise BrandingRefused unless every pair of colours, laid over the defaults, can be read."""
    for theme, chosen in branding.items():
        if theme not in defaults:
            raise BrandingRefused(f"There is no theme named '{theme}'", hint="Themes: light, dark")
        for name, colour in chosen.items():
            if name not in VARIABLES:
                raise BrandingRefused(f"There is no colour named '{name}'")
            if not _COLOUR.fullmatch(colour):
                raise BrandingRefused(f"'{name}' is not a colour", hint="Write colours as #rrggbb")
        colours = {**defaults[theme], **chosen}
        for front, back in PAIRS:
            ratio = contrast(colours[front], colours[back])
            if ratio < LEAST_CONTRAST and (front in chosen or back in chosen):
                raise BrandingRefused(
                    f"{theme}: {front} on {back} has a contrast of {ratio:.2f}; {LEAST_CONTRAST} is the least",
                    fields={"theme": theme, "foreground": front, "background": back, "contrast": round(ratio, 2)},
                )


def _luminance(colour: str) -> float:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
