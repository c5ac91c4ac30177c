"""How large a measurement is: the real one, and a rehearsal that only shows that everything works."""

import os

from stoa.kit.contract import Struct


class Scale(Struct, frozen=True, kw_only=True):
    """People, rates and times of every part."""

    people: int = 8_000
    rates: tuple[int, ...] = (25, 50, 100)
    warm_s: float = 2.0
    window_s: float = 6.0
    rounds: int = 3
    rival_people: int = 2_000
    rival_rate: int = 20
    missed: int = 100
    chaos_people: int = 3_000
    chaos_messages: int = 360
    ballots: int = 8_000
    ballots_s: float = 10.0
    fill_s: float = 90.0
    paint_s: float = 20.0
    is_rehearsal: bool = False

    @property
    def middle_rate(self) -> int:
        """Return the rate that p99 and the stuck clients are measured at."""
        return self.rates[len(self.rates) // 2]


REHEARSAL = Scale(
    people=300, rates=(5, 10, 20), warm_s=0.5, window_s=1.5, rounds=1, rival_people=100, rival_rate=10, missed=20,
    chaos_people=90, chaos_messages=120, ballots=200, ballots_s=4.0, fill_s=30.0, paint_s=5.0, is_rehearsal=True,
)  # fmt: skip


def scale() -> Scale:
    """Return the real scale, or the rehearsal's where BENCH_REHEARSAL is set."""
    return REHEARSAL if os.environ.get("BENCH_REHEARSAL") else Scale()
