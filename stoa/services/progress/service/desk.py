"""Progress as its routes, consumers and manifest see it."""

from stoa.services.progress.service.progress import Progress
from stoa.services.progress.service.reading import Reading


class Desk:
    """What learners do (`progress`) and what they are shown (`reading`)."""

    def __init__(self, *, progress: Progress, reading: Reading) -> None:
        self.progress = progress
        self.reading = reading
