"""What the columns of audited rows are: what was labeled, by whom, and who judged it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smo_reports.errors import KpiError, nearest
from smo_reports.stats.cuboids import Codes, Observations, Segment

WORK = ("policy", "queue", "market", "language", "content_type", "severity", "task", "region", "country")
"""The canonical columns that say what was labeled."""

_JUDGES = re.compile(r"(^|_)(auditor|reviewer)s?(_|$)", re.IGNORECASE)

_ASSOCIATED = 0.0025
"""Judges were assigned at random where they share less than this of the other columns' variation (Cramér's V²)."""


@dataclass(frozen=True)
class Roles:
    """Places of columns by what they are.

    Attributes
    ----------
    known : tuple of int
        All but the labeler's: what an expectation is learnt from.
    work : tuple of int
        What was labeled: a new value of these is work that came in.
    judges : tuple of int
        Who or what judged.
    labeler : str or None
    """

    known: tuple[int, ...]
    work: tuple[int, ...]
    judges: tuple[int, ...]
    labeler: str | None

    @classmethod
    def of(
        cls,
        columns: Sequence[str],
        labeler: str | None,
        work: Sequence[str] | None,
        measured_by: Sequence[str] | None,
    ) -> Roles:
        """Tell the columns apart by their names, or as they are named.

        Raises
        ------
        KpiError
            When a named one is not among the columns.
        """
        for name in (*(work or ()), *(measured_by or ())):
            if name not in columns:
                raise KpiError(f"{name!r} is not one of the dimensions; {nearest(name, columns)}")
        place = {name: number for number, name in enumerate(columns)}
        judges = measured_by
        if judges is None:
            judges = [name for name in columns if _JUDGES.search(name)]
        labeled = [name for name in columns if name in WORK] if work is None else work
        return cls(
            tuple(number for name, number in place.items() if name != labeler),
            tuple(place[name] for name in labeled),
            tuple(place[name] for name in judges),
            labeler,
        )

    def drawn(self, data: Observations) -> tuple[int, ...]:
        """The judges' columns that were assigned at random."""
        return tuple(judge for judge in self.judges if self._random(data, judge))

    @property
    def mixed(self) -> tuple[int, ...]:
        """The columns whose shares are the mix: who judged is not a part of the work."""
        return tuple(number for number in self.known if number not in self.judges)

    def measures(self, data: Observations, segment: Segment) -> bool:
        """Whether a segment says how something was judged: it names a judge, and judges were assigned at random.

        Random means that a judge's rows are as mixed as all rows are, in every other column, and of all labelers.
        """
        named = [column for column, _ in segment if column in self.judges]
        return bool(named) and all(self._random(data, judge) for judge in named)

    def _random(self, data: Observations, judge: int) -> bool:
        others = [(data.codes[column], data.sizes[column]) for column in self.mixed]
        judged = (data.codes[judge], data.sizes[judge])
        return all(_associated(judged, other) < _ASSOCIATED for other in [*others, (data.labeler, data.people)])


def _associated(first: tuple[Codes, int], second: tuple[Codes, int]) -> float:
    """Cramér's V squared of two columns, less what chance gives (Bergsma 2013, J. Korean Stat. Soc. 42:323-328)."""
    rows, columns = first[1], second[1]
    pair = first[0].astype(np.intp) * columns + second[0]
    tally = np.bincount(pair, minlength=rows * columns).reshape(rows, columns).astype(float)
    tally = tally[tally.sum(axis=1) > 0][:, tally.sum(axis=0) > 0]
    n = tally.sum()
    if min(tally.shape) < 2:
        return 0.0
    expected = np.outer(tally.sum(axis=1), tally.sum(axis=0)) / n
    free = (tally.shape[0] - 1) * (tally.shape[1] - 1)
    phi = max(float(((tally - expected) ** 2 / expected).sum()) / n - free / (n - 1), 0.0)
    return float(phi / (min(tally.shape) - 1))
