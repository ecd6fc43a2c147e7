"""Work that nobody audited: how much of all work it is, and where; nothing is known of how right it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from smo_reports.stats.cuboids import Bools, Codes, Floats


@dataclass(frozen=True)
class Unaudited:
    """Work of which no audit tells anything: a value of a column has decisions in a period, and no audit in it.

    Attributes
    ----------
    before, after : float
        Its share of all work of each period.
    where : tuple of (column, value, share)
        The values, with their shares of the work after, or before where there is none after; the largest first.
    """

    before: float = 0.0
    after: float = 0.0
    where: tuple[tuple[str, object, float], ...] = ()

    @property
    def share(self) -> float:
        """The larger of both periods' shares."""
        return max(self.before, self.after)


@dataclass
class Blank:
    """Marks, column by column, the rows of all work that no audit is like.

    Attributes
    ----------
    is_after : ndarray of bool
    weight : ndarray of float
        How many decisions each row stands for.
    """

    is_after: Bools
    weight: Floats
    _rows: Bools = field(init=False)
    _shares: dict[tuple[str, object], list[float]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._rows = np.zeros(len(self.is_after), bool)

    def mark(self, name: str, codes: Codes, values: Sequence[Any], seen: tuple[frozenset[Any], frozenset[Any]]) -> None:
        """Mark the rows whose value of a column has no audit in their period.

        Parameters
        ----------
        name : str
        codes : ndarray of int
            Each row's place in ``values``.
        values : sequence
        seen : (set, set)
            The values that have audits before, and after.
        """
        for place, audited in enumerate(seen):
            period = self.is_after == bool(place)
            missing = np.array([value not in audited for value in values])
            rows = missing[codes] & period
            self._rows |= rows
            work = np.bincount(codes[rows], self.weight[rows], len(values)) / self._whole(period)
            for code in np.flatnonzero(work):
                self._shares.setdefault((name, values[int(code)]), [0.0, 0.0])[place] = float(work[code])

    def told(self) -> Unaudited:
        """What was marked."""
        where = [(name, value, after or before) for (name, value), (before, after) in self._shares.items()]
        before, after = (
            float(self.weight[self._rows & period].sum()) / self._whole(period)
            for period in (~self.is_after, self.is_after)
        )
        return Unaudited(before, after, tuple(sorted(where, key=lambda one: -one[2])))

    def _whole(self, period: Bools) -> float:
        return float(self.weight[period].sum()) or 1.0
