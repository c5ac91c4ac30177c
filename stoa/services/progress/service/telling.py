"""Who hears what a learner has completed: the other services by events, the learner's own pages at once."""

from datetime import datetime

import msgspec

from stoa.kit.realtime.channels import channel_of
from stoa.kit.realtime.realtime import Realtime
from stoa.services.courses.contract import NodeId
from stoa.services.progress.contract import CourseCompleted, ItemCompleted
from stoa.services.progress.service.studying import Done, Studying
from stoa.services.progress.store import ProgressTx

_encode = msgspec.json.Encoder().encode


class Telling:
    """Tells with the commit; what pages hear may be lost, for they ask again when they are opened."""

    def __init__(self, realtime: Realtime) -> None:
        self._realtime = realtime

    def completed(self, tx: ProgressTx, studying: Studying, done: Done, *, at: datetime, whole_at: datetime) -> None:
        """Tell of blocks that were not done before, and of the course when it is whole for the first time."""
        for block in done.completed:
            tx.publish(
                ItemCompleted(
                    organization_id=studying.organization,
                    user_id=studying.user,
                    course_id=studying.course,
                    block_id=block,
                    completed_at=at,
                )
            )
        if done.is_course_completed:
            tx.publish(
                CourseCompleted(
                    organization_id=studying.organization,
                    user_id=studying.user,
                    course_id=studying.course,
                    completed_at=whole_at,
                )
            )
        if done.completed:
            channel = channel_of(studying.user)
            news = [_encode(one) for one in _news(studying, done, at)]
            tx.afterwards(lambda: [self._realtime.tell(channel, one) for one in news])


def _news(studying: Studying, done: Done, at: datetime) -> list[dict[str, object]]:
    """Return what the pages hear, one message for each unit that something was completed in."""
    units: dict[NodeId | None, list[NodeId]] = {}
    for block in done.completed:
        place = studying.visible.places.get(block)
        unit = place.unit.id if place is not None and place.unit is not None else None
        units.setdefault(unit, []).append(block)
    return [
        {
            "t": "progress",
            "at": at,
            "course": studying.course,
            "unit": unit,
            "completed": blocks,
            "percent": done.percent,
            "is_course_completed": done.is_course_completed,
        }
        for unit, blocks in units.items()
    ]
