"""The live class as the rest of the process sees it."""

from dataclasses import dataclass

from stoa.kit.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Live:
    """The parts of the live class."""

    clock: Clock
