"""How catalog is wired."""

from stoa.kit.manifest import Context, Manifest
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.catalog.consumers import consumers
from stoa.services.catalog.policy import LIMITS
from stoa.services.catalog.routes import router
from stoa.services.catalog.service import Catalog
from stoa.services.catalog.store import CatalogTx
from stoa.services.courses.contract import CoursesPort


def build(context: Context) -> Catalog:
    """Build the service from what the process gives it."""
    return Catalog(
        store=Store(context.database, CatalogTx),
        courses=context.port(CoursesPort),
        assessment=context.port(AssessmentPort),
        clock=context.clock,
    )


manifest = Manifest(
    name="catalog",
    summary="What anybody finds of the published courses, and the lessons that a guest may try.",
    build=build,
    requires=(CoursesPort, AssessmentPort),
    routers=(router,),
    consumers=(consumers,),
    limits=LIMITS,
)
