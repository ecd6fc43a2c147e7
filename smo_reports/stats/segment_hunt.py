"""One search among counted cells: the segments chosen so far, and what each cell still has to explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from smo_reports.stats.cuboids import Bools, Cells, Floats, Observations, Segment
from smo_reports.stats.labeler_drift import Drift, Labelers
from smo_reports.stats.segment_cells import evidence, overlap, without_new
from smo_reports.stats.segment_fit import NOTHING, Gathered, Known, Rows, Shifts, gathered

ERROR_BY_ORDER = (0.018, 0.016, 0.010, 0.008)
"""The chance that anything is found where nothing happened: everywhere, in single values, in pairs, in threes."""

_LOOKED_AT = 150
"""So many candidates are judged with their labelers before the best one so far is taken."""

_SAMPLE = 250_000
_ENOUGH = 2_000
"""Of so many sampled rows the labelers' shares are known well enough."""

_SWEEPS = 3


@dataclass(frozen=True)
class Found:
    """One segment whose rate moved.

    Attributes
    ----------
    segment : tuple of (int, int)
        Column and code; empty for everywhere.
    rows : Rows
        The rows that it covers, and those that it is held against.
    shift, error, degrees : float
        How far its rate moved beyond what the other findings explain, its standard error and degrees of freedom.
    critical : float
        How many standard errors it had to exceed to be found at all.
    also : tuple of segments
        Others that cover nearly the same rows: the data cannot tell them apart.
    """

    segment: Segment
    rows: Rows
    shift: float
    error: float
    degrees: float
    critical: float
    also: tuple[Segment, ...]


_Chosen = tuple[int, ...]
"""Numbers of cells."""


@dataclass(frozen=True)
class _State:
    """What was chosen, and what follows from it."""

    chosen: _Chosen
    fitted: Shifts
    own: Drift


def _tails(cells: Cells) -> Floats:
    """The one-sided chance with which each cell may be found though nothing happened.

    One half of an order's chance is shared by its combinations of columns, whatever their size, and the other by its
    cells: a market is not held to what hundreds of labelers need, nor the other way round.
    """
    own = np.bincount(cells.cuboid, minlength=len(cells.columns))
    orders = np.array([len(columns) for columns in cells.columns])
    cuboids = np.bincount(orders[own > 0], minlength=4)
    by_cuboid = 1 / (cuboids[cells.order] * own[cells.cuboid])
    by_cell = 1 / np.bincount(cells.order, minlength=4)[cells.order]
    return np.asarray(np.array(ERROR_BY_ORDER)[cells.order] * (by_cuboid + by_cell) / 4)


class Hunt:
    """One search: the cells chosen so far, and what each cell still has to explain."""

    def __init__(
        self,
        data: Observations,
        known: Known,
        cells: Cells,
        new: Sequence[Bools],
        material: float,
        most: int,
    ) -> None:
        self.data, self.known, self.cells, self.new, self.most = data, known, cells, new, most
        self.rows_after = float((data.weights * data.after).sum())
        self.tails = _tails(cells)
        self.floors = special.ndtri(self.tails) ** 2
        self.least = material * self.rows_after
        self.labelers = Labelers.of(data)
        # Whose rows a large segment holds, a part of the rows says as well.
        some = np.random.default_rng(0).random(len(data)) < _SAMPLE / max(len(data), 1)
        self.sample = data if some.all() else data.taken(np.flatnonzero(some))
        self.own = self.labelers.drift(known.expected)
        self._rows: dict[int, Rows] = {}
        self._gathered: dict[tuple[_Chosen, _Chosen], Gathered] = {}
        self._overlaps: dict[int, Floats] = {}
        self._clustered: dict[int, tuple[float, float, float]] = {}
        self.chosen: _Chosen = ()
        self.fitted = NOTHING

    def critical(self, cell: int, degrees: float) -> float:
        """How many standard errors a cell must exceed."""
        tail = self.tails[cell]
        return float(-special.ndtri(tail) if degrees > 1e6 else -special.stdtrit(degrees, tail))

    def found(self) -> tuple[Found, ...]:
        """Search, and describe what was found."""
        self._grow(self.most)
        for _ in range(_SWEEPS):
            if not self._sweep():
                break
        self._drop_weak()
        return self._described()

    def nearest(self) -> Found | None:
        """What came nearest to being found."""
        deviance, _ = evidence(self.cells, self.cells.expected_after, self.least)
        beyond = deviance - self.floors
        hopeful = [int(cell) for cell in np.argsort(-beyond)[:_LOOKED_AT] if np.isfinite(beyond[cell])]
        if not hopeful:
            return None
        clear = {cell: deviance[cell] / self._inflation(cell)[0] - self.floors[cell] for cell in hopeful}
        self._take((max(hopeful, key=clear.__getitem__),))
        return self._described()[0]

    def _described(self) -> tuple[Found, ...]:
        described = []
        for place, cell in enumerate(self.chosen):
            shift, error, degrees = (
                float(values[place]) for values in (self.fitted.shift, self.fitted.error, self.fitted.degrees)
            )
            critical = self.critical(cell, degrees)
            rows = float(self.cells.weight_after[cell])
            one = Found(self.cells.segment(cell), self._of(cell), shift, error, degrees, critical, self._also(cell))
            described.append((abs(shift) * rows, one))
        return tuple(one for _, one in sorted(described, key=lambda pair: -pair[0]))

    def _also(self, cell: int) -> tuple[Segment, ...]:
        """Up to three other segments, no longer than this one, of nearly the same rows."""
        same = [
            other
            for other in self._like(cell, 0.95)
            if other != cell and self.cells.order[other] <= max(self.cells.order[cell], 1)
        ]
        return tuple(self.cells.segment(other) for other in sorted(same, key=lambda one: self.cells.order[one])[:3])

    def _of(self, cell: int) -> Rows:
        """The rows of a cell."""
        if cell not in self._rows:
            self._rows[cell] = self._among(self.data, cell)
        return self._rows[cell]

    def _among(self, data: Observations, cell: int) -> Rows:
        """The rows of a cell among some."""
        segment = self.cells.segment(cell)
        stripped = without_new(segment, self.new)
        covered = data.covered(segment)
        against = covered if stripped == segment else data.covered(stripped)
        return Rows(covered & data.after, against & ~data.after, stripped != segment)

    def _take(self, chosen: _Chosen) -> None:
        """Choose these cells, and fit their shifts and the labelers' drift beside them."""
        self.chosen = chosen
        if (chosen, ()) not in self._gathered:
            self._gathered[chosen, ()] = gathered(self.data, self.known, [self._of(cell) for cell in chosen])
        self.fitted = self._gathered[chosen, ()].fit(self.own)
        expected = self.known.expected.copy()
        for shift, cell in zip(self.fitted.shift, chosen, strict=True):
            expected[self._of(cell).after] += shift
        self.own = self.labelers.drift(expected)
        self.fitted = self._gathered[chosen, ()].fit(self.own)

    def _grow(self, most: int, barred: frozenset[int] = frozenset()) -> None:
        while len(self.chosen) < most:
            best = self._best(barred)
            if best is None or best in self.chosen:
                return
            self._take((*self.chosen, best))

    def _best(self, barred: frozenset[int]) -> int | None:
        """The cell that explains most beyond what chance does, with its labelers' drift in its error."""
        expected = self.cells.expected_after.copy()
        each = self.cells.n_after / self.cells.weight_after
        for shift, cell in zip(self.fitted.shift, self.chosen, strict=True):
            if cell not in self._overlaps:
                self._overlaps[cell] = overlap(self.data, self.cells, self._of(cell).after)
            expected += shift * self._overlaps[cell] * each
        deviance, _ = evidence(self.cells, expected, self.least)
        beyond = deviance - self.floors
        beyond[list(barred)] = -np.inf
        best, score = None, 0.0
        hopeful = np.flatnonzero(beyond > 0)
        for cell in hopeful[np.argsort(-beyond[hopeful])][:_LOOKED_AT]:
            if beyond[cell] <= score:
                break
            inflation, degrees = self._inflation(int(cell))
            own = deviance[cell] / inflation - self.critical(cell, degrees) ** 2
            if own > score:
                best, score = int(cell), own
        return best

    def _inflation(self, cell: int) -> tuple[float, float]:
        """How much larger a cell's variance is than that of independent rows, and its degrees of freedom."""
        if cell not in self._clustered:
            self._clustered[cell] = self._by_labeler(cell)
        binomial, of_level, drifting = self._clustered[cell]
        of_drift = self.own.variance * drifting
        whole = binomial + of_level + of_drift
        degrees = whole**2 * max(self.own.labelers - 1, 1) / of_drift**2 if of_drift else np.inf
        return whole / binomial, degrees

    def _by_labeler(self, cell: int) -> tuple[float, float, float]:
        """A cell's binomial variance, that of its labelers' levels, and how much of their drift it takes on."""
        cells, people = self.cells, self.data.people
        n_before, n_after = float(cells.n_before[cell]), float(cells.n_after[cell])
        large = min(n_before, n_after) * len(self.sample) > _ENOUGH * len(self.data)
        data = self.sample if large else self.data
        rows = self._among(data, cell) if large else self._of(cell)
        rate = float(np.clip((cells.right_before[cell] + cells.right_after[cell]) / (n_before + n_after), 0.01, 0.99))
        shares = []
        for mask in (rows.before, rows.after):
            weight = None if data.weight is None else data.weight[mask]
            tally = np.bincount(data.labeler[mask], weight, people)
            shares.append(tally / max(tally.sum(), 1e-12))
        first, last = shares
        binomial = rate * (1 - rate) * (1 / n_after + 1 / n_before)
        return binomial, float((last - first) ** 2 @ self.known.level_error), float((last**2).sum())

    def _better(self, old: _State) -> float:
        """How much more the chosen cells explain than others did, beyond what chance would, of the rows of both."""
        own = min(self.own, old.own, key=lambda drift: drift.variance)
        return self._worth(self.chosen, old.chosen, own) - self._worth(old.chosen, self.chosen, own)

    def _worth(self, chosen: _Chosen, others: _Chosen, own: Drift) -> float:
        """What cells explain together beyond what chance would, of their rows and those of the others."""
        beside = tuple(sorted(set(others) - set(chosen)))
        key = (chosen, beside)
        if key not in self._gathered:
            self._gathered[key] = gathered(
                self.data, self.known, [self._of(cell) for cell in chosen], [self._of(cell) for cell in beside]
            )
        return self._gathered[key].fit(own).explained - float(self.floors[list(chosen)].sum())

    def _sweep(self) -> bool:
        """Look for each finding, and each pair of them, again with the others left in; keep what explains more."""
        changed = False
        for group, again in self._groups():
            old = self._state()
            if not set(group) <= set(old.chosen):
                continue
            self._take(tuple(cell for cell in old.chosen if cell not in group))
            # One that touches two causes gives way to both; more at once would be a cause in pieces.
            self._grow(min(self.most, len(old.chosen) + 1), frozenset() if again else self._like(group[0]))
            self._prune()
            if set(self.chosen) != set(old.chosen) and self._better(old) > 1e-6:
                changed = True
            else:
                self._restore(old)
        return changed

    def _prune(self) -> None:
        """Take out what explains no more than chance would beside the others."""
        for cell in self.chosen:
            old = self._state()
            self._take(tuple(other for other in old.chosen if other != cell))
            if self._better(old) < 0:
                self._restore(old)

    def _state(self) -> _State:
        return _State(self.chosen, self.fitted, self.own)

    def _restore(self, old: _State) -> None:
        self.chosen, self.fitted, self.own = old.chosen, old.fitted, old.own

    def _groups(self) -> list[tuple[_Chosen, bool]]:
        """What to take out; and whether it may come back, as something that several findings share would."""
        singles = [((cell,), False) for cell in self.chosen]
        pairs = [
            ((one, other), True)
            for place, one in enumerate(self.chosen)
            for other in self.chosen[place + 1 :]
            if (self._of(one).after & self._of(other).after).any()
        ]
        back = [((cell,), True) for cell in self.chosen[:-1]]
        return [*back, *pairs, *singles]

    def _like(self, cell: int, least: float = 0.5) -> frozenset[int]:
        """The cells whose rows, with those of this one, are mostly common to both: itself is one of them."""
        if cell not in self._overlaps:
            self._overlaps[cell] = overlap(self.data, self.cells, self._of(cell).after)
        both = self._overlaps[cell]
        either = self.cells.weight_after + self.cells.weight_after[cell] - both
        return frozenset(np.flatnonzero(both > least * either).tolist())

    def _drop_weak(self) -> None:
        """Take out what the others explain, the weakest first."""
        while self.chosen:
            beyond = [
                abs(shift / error) - self.critical(cell, degrees)
                for shift, error, degrees, cell in zip(
                    self.fitted.shift, self.fitted.error, self.fitted.degrees, self.chosen, strict=True
                )
            ]
            weakest = int(np.argmin(beyond))
            if beyond[weakest] > 0:
                return
            self._take(tuple(cell for cell in self.chosen if cell != self.chosen[weakest]))
