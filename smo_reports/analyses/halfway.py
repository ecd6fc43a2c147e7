"""The rate of each kind of work on average over both periods: what a mix is weighed with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from smo_reports.stats.baseline import FEWEST_ROWS, Baseline
from smo_reports.stats.composition import Composition
from smo_reports.stats.cuboids import Codes, Floats, Observations
from smo_reports.stats.segment_search import Search

_FEW = 20.0


@dataclass(frozen=True)
class Halfway:
    """Two models, one of each period, that know the same values.

    Attributes
    ----------
    first, last : Baseline
        A value with few rows in one period has its rate of the other. One that is new, and no work, has none of its
        own: it counts as the others do, so that what it does is never mix.
    borrowed : dict of int to ndarray
        For each column and code the variance that its rate has beyond the models', because one period's serves both.
    """

    first: Baseline
    last: Baseline
    borrowed: dict[int, Floats]

    @classmethod
    def of(cls, data: Observations, looked: Search, work: Sequence[int]) -> Halfway:
        """Reconcile the models of a search; ``work`` are the columns that say what was labeled."""
        first, last, borrowed = {}, {}, {}
        for column in looked.known.columns:
            size = data.sizes[column]
            was, now = (
                np.append(np.bincount(data.codes[column][period], data.weights[period], size), 0.0)
                for period in (~data.after, data.after)
            )
            fresh = np.append(looked.new[column], True)
            never = fresh & ((was == 0) | (column not in work))
            # A rate of a few rows beside one of many is no rate of its own.
            enough = [rows >= np.maximum(FEWEST_ROWS, other / _FEW) for rows, other in ((was, now), (now, was))]
            seen = [one & ~never for one in enough]
            effects = [looked.known.effects[column].copy(), looked.last.effects[column].copy()]
            both = seen[0] & seen[1]
            middles = [_middle(own, rows, both) for own, rows in zip(effects, (was, now), strict=True)]
            for own, other in ((0, 1), (1, 0)):
                lent = seen[other] & ~seen[own]
                effects[own][lent] = effects[other][lent] - middles[other] + middles[own]
                unknown = ~seen[0] & ~seen[1]
                effects[own][unknown] = _middle(effects[own], (was, now)[own], ~unknown)
            first[column], last[column] = effects
            rows = np.maximum(was, now)
            borrowed[column] = np.where(seen[0] ^ seen[1], looked.known.single / np.maximum(rows, 1.0), 0.0)
        return cls(_with(looked.known, first), _with(looked.last, last), borrowed)

    def rates(self, codes: Sequence[Codes], columns: Sequence[int], rows: int) -> Floats:
        """Each row's rate, by some of its columns."""
        if not columns:
            return np.full(rows, self.first.middle)
        return (self.first.by_columns(codes, columns) + self.last.by_columns(codes, columns)) / 2

    def unknown(self, before: Composition, after: Composition, columns: Sequence[int]) -> float:
        """The variance of a difference of mean rates, because rates are known only as well as their rows allow."""
        shifts = {}
        for column in columns:
            size = len(self.borrowed[column])
            was, now = (np.bincount(one.codes[column], one.weight, size) / one.weight.sum() for one in (before, after))
            shifts[column] = now - was
        own = (self.first.unknown(shifts) + self.last.unknown(shifts)) / 4
        return own + sum(float(shift**2 @ self.borrowed[column]) for column, shift in shifts.items())


def _middle(effects: Floats, rows: Floats, kept: np.ndarray) -> float:
    total = float(rows[kept].sum())
    return float(effects[kept] @ rows[kept]) / total if total else 0.0


def _with(model: Baseline, effects: dict[int, Floats]) -> Baseline:
    return replace(model, effects=effects)
