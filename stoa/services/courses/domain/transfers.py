"""An import or export on its way."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from stoa.kit.contract import JobId, Struct, UserId
from stoa.services.courses.contract import CourseId
from stoa.services.courses.domain.bundle import BlockCounts


class Transfer(Struct, frozen=True, kw_only=True):
    """A package that comes in or goes out, and how far it is."""

    id: UUID
    direction: Literal["import", "export"]
    format: str
    filename: str
    blob_key: str
    state: str
    job: JobId | None
    course: CourseId | None
    requested_by: UserId | None
    requested_at: datetime
    done: int = 0
    total: int = 0
    note: str = ""
    error: str = ""
    counts: BlockCounts | None = None
