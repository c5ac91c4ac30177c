"""What the parts of one run found, on its way to rows, ratios and goals."""

import statistics
import sys
import time
from collections import defaultdict

from bench.result import Goal, Row


class Notes:
    """Collects figures of several rounds; the rows are their medians, in the order in which they first came."""

    def __init__(self) -> None:
        self._figures: dict[tuple[str, str, str], list[float]] = defaultdict(list)
        self.ratios: dict[str, float] = {}
        self.goals: list[Goal] = []
        self.gaps: list[str] = []
        self._began = time.monotonic()

    def note(self, subject: str, metric: str, value: float, unit: str) -> None:
        """Keep one figure."""
        self._figures[subject, metric, unit].append(value)

    def median(self, subject: str, metric: str) -> float | None:
        """Return the median of a figure, None where it was not measured."""
        found = [values for (who, what, _), values in self._figures.items() if (who, what) == (subject, metric)]
        return statistics.median(found[0]) if found else None

    def promise(
        self, name: str, value: float | None, *, at_most: float | None = None, at_least: float | None = None
    ) -> None:
        """Keep a ratio with its goal."""
        if value is None:
            return
        self.ratios[name] = value
        if at_most is not None or at_least is not None:
            self.goals.append(Goal(ratio=name, at_most=at_most, at_least=at_least))

    def compare(self, metric: str, subject: str, other: str, *, at_most: float | None = None) -> None:
        """Keep the ratio of two subjects in one metric."""
        mine, theirs = self.median(subject, metric), self.median(other, metric)
        if mine is not None and theirs:
            self.promise(f"{metric}: {subject} / {other}", mine / theirs, at_most=at_most)

    def gap(self, sentence: str) -> None:
        """Keep what was not measured, and why."""
        self.gaps.append(sentence)
        self.tell(sentence)

    def tell(self, sentence: str) -> None:
        """Show how far the run is."""
        sys.stdout.write(f"  [{time.monotonic() - self._began:5.0f} s] {sentence}\n")
        sys.stdout.flush()

    def rows(self) -> list[Row]:
        """Return the medians."""
        return [
            Row(subject=subject, metric=metric, value=statistics.median(values), unit=unit)
            for (subject, metric, unit), values in self._figures.items()
        ]
