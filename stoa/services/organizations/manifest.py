"""How organizations is put together."""

from stoa.kit.manifest import Context, Manifest
from stoa.kit.store import Store
from stoa.services.identity.contract import IdentityPort
from stoa.services.organizations.consumers import consumers
from stoa.services.organizations.contract import (
    MemberAdded,
    MemberRemoved,
    OrganizationCreated,
    OrganizationsPort,
    RoleChanged,
)
from stoa.services.organizations.policy import LIMITS, PERMISSIONS
from stoa.services.organizations.routes import router
from stoa.services.organizations.service.organizations import Organizations
from stoa.services.organizations.store import OrganizationsTx


def build(context: Context) -> Organizations:
    """Build organizations from what the kit gives it."""
    return Organizations(
        store=Store(context.database, OrganizationsTx),
        clock=context.clock,
        identity=context.port(IdentityPort),
        authorizer=context.authorizer,
        permissions=context.permissions,
    )


manifest = Manifest(
    name="organizations",
    summary="Tenants, their members, who may do what, and how they look",
    port=OrganizationsPort,
    requires=(IdentityPort,),
    build=build,
    routers=(router,),
    consumers=(consumers,),
    events=(OrganizationCreated, MemberAdded, MemberRemoved, RoleChanged),
    permissions=PERMISSIONS,
    limits=LIMITS,
)
