"""What catalog does about facts of others."""

from stoa.kit.events import Consumers, Delivery
from stoa.services.catalog.service import Catalog
from stoa.services.courses.contract import CourseArchived, CoursePublished

consumers = Consumers("catalog")


@consumers.on(CoursePublished)
async def list_course(event: CoursePublished, delivery: Delivery, catalog: Catalog) -> None:
    """List a course that was published."""
    await catalog.note_published(event, delivery=delivery)


@consumers.on(CourseArchived)
async def unlist_course(event: CourseArchived, delivery: Delivery, catalog: Catalog) -> None:
    """Take an archived course out of the lists."""
    await catalog.note_archived(event, delivery=delivery)
