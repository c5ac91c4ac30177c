"""Organizations on a real database, with identity played by a fake behind its contract."""

import pytest

from stoa.kit.auth.authorizer import Authorizer
from stoa.kit.clock import ManualClock
from stoa.kit.testing.fixtures import StoreFor
from stoa.kit.testing.ports import checked
from stoa.services.identity.contract import IdentityPort
from stoa.services.organizations.policy import PERMISSIONS
from stoa.services.organizations.service.organizations import Organizations
from stoa.services.organizations.store import OrganizationsTx
from stoa.services.organizations.tests.building import FakeIdentity


@pytest.fixture
def identity(clock: ManualClock) -> FakeIdentity:
    return FakeIdentity(clock)


@pytest.fixture
async def organizations(
    store_for: StoreFor[OrganizationsTx], identity: FakeIdentity, clock: ManualClock
) -> Organizations:
    return Organizations(
        store=await store_for("organizations", OrganizationsTx),
        clock=clock,
        identity=checked(IdentityPort, identity),
        authorizer=Authorizer(clock),
        permissions={permission.name: permission for permission in PERMISSIONS},
    )
