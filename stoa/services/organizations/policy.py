"""Every knob of organizations: permissions, limits and the colours that branding is laid over."""

from stoa.kit.auth.permission import Permission
from stoa.kit.limits import Limit

SEE_MEMBERS = Permission(
    "organizations.see-members", scope="organization", roles=("owner", "admin"), help="List members and their roles"
)
MANAGE_MEMBERS = Permission(
    "organizations.manage-members", scope="organization", roles=("owner", "admin"), help="Add and remove members"
)
UPDATE = Permission(
    "organizations.update",
    scope="organization",
    roles=("owner", "admin"),
    help="Change an organization's name and look",
)
GIVE_ROLES = Permission(
    "organizations.give-roles",
    scope="course",
    roles=("owner", "admin", "author", "instructor"),
    help="Give and take roles that carry no more, reach no further and last no longer than one's own",
)
FOUND = Permission("organizations.found", scope="system", roles=("operator",), help="Found an organization")
PERMISSIONS = (SEE_MEMBERS, MANAGE_MEMBERS, UPDATE, GIVE_ROLES, FOUND)

WRITES = Limit("organizations.writes", per_caller=120, per_s=60)
LIMITS = (WRITES,)

DEFAULT_COLOURS = {
    "light": {
        "bg": "#FAF8F4", "surface": "#FFFFFF", "surface-2": "#F2EFE8", "border": "#E0DBD1", "border-strong": "#857E72",
        "text": "#1E1C19", "text-2": "#504B44", "text-3": "#676157", "primary": "#0B6178", "primary-hover": "#084A5C",
        "on-primary": "#FFFFFF", "primary-soft": "#DDEFF3", "primary-text": "#084A5C", "success": "#1B7042",
        "success-soft": "#DDF1E5", "warning": "#845200", "warning-soft": "#FBEBCB", "danger": "#B3261E",
        "danger-soft": "#FBE3E0", "live": "#BF2F1B", "on-live": "#FFFFFF", "accent": "#F2B134", "on-accent": "#1E1C19",
        "focus": "#0B6178",
    },
    "dark": {
        "bg": "#131211", "surface": "#1C1A18", "surface-2": "#272421", "border": "#3A3631", "border-strong": "#8C8579",
        "text": "#F3F0EA", "text-2": "#C6C0B5", "text-3": "#A8A194", "primary": "#62C4DB", "primary-hover": "#9ADDEC",
        "on-primary": "#05252E", "primary-soft": "#12343E", "primary-text": "#9ADDEC", "success": "#69CB91",
        "success-soft": "#13321F", "warning": "#F0BC5B", "warning-soft": "#3A2B0C", "danger": "#FF9A8F",
        "danger-soft": "#43191A", "live": "#FF8470", "on-live": "#2A0A05", "accent": "#F2B134", "on-accent": "#1E1C19",
        "focus": "#8ADBEE",
    },
}  # fmt: skip
