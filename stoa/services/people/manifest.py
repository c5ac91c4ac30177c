"""How people is put together."""

from stoa.kit.manifest import Context, Manifest
from stoa.kit.store import Store
from stoa.services.people.consumers import consumers
from stoa.services.people.contract import PeoplePort, ProfileRenamed
from stoa.services.people.policy import LIMITS
from stoa.services.people.routes import router
from stoa.services.people.service import People
from stoa.services.people.store import PeopleTx


def build(context: Context) -> People:
    """Build people from what the kit gives it."""
    return People(store=Store(context.database, PeopleTx), clock=context.clock)


manifest = Manifest(
    name="people",
    summary="How somebody is called and how they like the platform to be",
    port=PeoplePort,
    build=build,
    routers=(router,),
    consumers=(consumers,),
    events=(ProfileRenamed,),
    limits=LIMITS,
)
