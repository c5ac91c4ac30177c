"""Which classes a list of them holds."""

from datetime import timedelta
from enum import StrEnum

from stoa.services.live.contract import ClassState


class Which(StrEnum):
    """Which classes are listed: all but cancelled ones, those to come or on, or those that are over."""

    ALL = "all"
    NOW = "now"
    PAST = "past"


_TO_COME = (ClassState.SCHEDULED, ClassState.OPEN, ClassState.LIVE)
_OVER = (ClassState.ENDED, ClassState.ARCHIVED)
# What was to begin and did not is in nobody's way for long.
CLASSES_AGO = {Which.ALL: timedelta(days=7), Which.NOW: timedelta(hours=1), Which.PAST: timedelta(days=7)}
CLASSES_IN = {Which.ALL: [*_TO_COME, *_OVER], Which.NOW: [*_TO_COME], Which.PAST: [*_OVER]}
