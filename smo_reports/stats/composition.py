"""What a change of composition did to a rate, and which segments' shares it was that changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt

from smo_reports.stats.cuboids import Codes, Floats, Segment
from smo_reports.stats.intervals import normal_quantile
from smo_reports.stats.sums import inner

_ALPHA = 0.01
"""The chance that a share is called changed where the composition only wobbled by sampling."""


@dataclass(frozen=True)
class Composition:
    """Rows of one period, with the rate to be expected of each.

    Attributes
    ----------
    codes : tuple of ndarray of int, each shape (n,)
    rate : ndarray of float, shape (n,)
        What to expect of the row, the same in both periods: composition is all that differs.
    weight : ndarray of float, shape (n,)
    counted : bool
        All work was counted: the shares have no sampling error.
    """

    codes: tuple[Codes, ...]
    rate: Floats
    weight: Floats
    counted: bool = False

    @cached_property
    def mean(self) -> float:
        """The rate of the whole."""
        return inner(self.weight, self.rate) / float(self.weight.sum())

    @cached_property
    def variance(self) -> float:
        """Of the mean, from sampling the rows."""
        if self.counted:
            return 0.0
        share = self.weight / self.weight.sum()
        return inner(share**2, (self.rate - self.mean) ** 2)

    @cached_property
    def rows(self) -> float:
        """As how many evenly drawn rows these count; all of them where all work was counted."""
        if self.counted:
            return float(self.weight.sum())
        return float(self.weight.sum() ** 2 / (self.weight**2).sum())


@dataclass(frozen=True)
class Shifted:
    """One segment whose share changed.

    Attributes
    ----------
    segment : tuple of (int, int)
    effect, error : float
        What it did to the rate, the rest keeping its proportions, and its standard error.
    share_before, share_after : float
        As observed; of the work that was there in both periods.
    """

    segment: Segment
    effect: float
    error: float
    share_before: float
    share_after: float


def shifted(
    before: Composition,
    after: Composition,
    sizes: Sequence[int],
    columns: Sequence[int],
    material: float,
    single: float,
    most: int = 3,
    named: Sequence[int] | None = None,
) -> tuple[Shifted, ...]:
    """Find the segments whose changed shares explain what composition did to the rate.

    Parameters
    ----------
    before, after : Composition
    sizes : sequence of int
        How many codes each column has.
    columns : sequence of int
        Which columns may name a segment, alone or in pairs.
    material : float
        A smaller effect on the rate is not worth naming.
    single : float
        The variance of one row's outcome: rates are known only as well as their rows allow.
    most : int
    named : sequence of int, optional
        How many of each column's codes name a segment; those behind them, such as its rare values together, only count.

    Returns
    -------
    tuple of Shifted
        Greedy: the segment whose share changed most clearly among those that matter; then the rows of before are
        weighted so that its share is as after (raking), and what is left is looked at again.
    """
    found: list[Shifted] = []
    weight = before.weight / before.weight.sum()
    tests, names = sum(sizes[column] for column in columns), sizes if named is None else named
    for _ in range(most):
        left = after.mean - inner(weight, before.rate)
        hopeful = _candidates(before, after, weight, sizes, names, [(column,) for column in columns])
        if abs(left) >= material or any(abs(one.effect) >= material for one, _ in hopeful):
            pairs = list(combinations(columns, 2))
            # A pair must explain the change of shares much better than its better half to be named instead of it.
            hopeful += [
                (one, chi - 2 * np.log(max(tests, 2)))
                for one, chi in _candidates(before, after, weight, sizes, names, pairs, material)
            ]
        critical = normal_quantile(1 - _ALPHA / max(tests, 1)) ** 2
        told = {one.segment for one in found}
        clear = [
            (one, chi)
            for one, chi in hopeful
            if abs(one.effect) >= material and chi > critical and one.segment not in told
        ]
        if not clear:
            break
        best = max(clear, key=lambda pair: pair[1])[0]
        inside_before, inside_after = _covered(before.codes, best.segment), _covered(after.codes, best.segment)
        known = 1 / max(inside_before.sum() + inside_after.sum(), 1) + 1 / max(before.rows + after.rows, 1)
        grown = best.share_after - best.share_before
        error = np.sqrt((best.effect / grown * best.error) ** 2 + grown**2 * single * known)
        observed = before.weight[inside_before].sum() / before.weight.sum()
        found.append(Shifted(best.segment, best.effect, float(error), float(observed), best.share_after))
        weight = np.where(
            inside_before,
            weight * best.share_after / best.share_before,
            weight * (1 - best.share_after) / (1 - best.share_before),
        )
    return tuple(found)


def _covered(codes: Sequence[Codes], segment: Segment) -> np.ndarray:
    found = np.ones(len(codes[0]), bool)
    for column, code in segment:
        found &= codes[column] == code
    return found


def _candidates(
    before: Composition,
    after: Composition,
    weight: Floats,
    sizes: Sequence[int],
    names: Sequence[int],
    cuboids: Sequence[tuple[int, ...]],
    material: float = 0.0,
) -> list[tuple[Shifted, float]]:
    """Each cell's effect, with the standard error of its share for ``error``, and how clearly its share changed."""
    last = after.weight / after.weight.sum()
    found = []
    for columns in cuboids:
        first_code, last_code, size = _cell(before.codes, sizes, columns), _cell(after.codes, sizes, columns), 1
        for column in columns:
            size *= sizes[column]
        was, now = (
            np.bincount(code, own, size).astype(float) for code, own in ((first_code, weight), (last_code, last))
        )
        # A value that came or went is told apart from shares that changed.
        both = (was > 0) & (now > 0)
        # A new tool takes its share from the old ones: what was there in both periods is looked at by itself.
        here, known = float(now[both].sum()), float(was[both].sum())
        if not here or not known:
            continue
        sums = np.bincount(first_code, weight * before.rate, size).astype(float)
        whole = float(sums[both].sum()) / known
        was, now, sums = was / known, now / here, sums / known
        both &= was < 1
        if len(columns) == 2:
            both &= _together(was, now, sizes[columns[1]])
        inside = np.divide(sums, was, out=np.zeros(size), where=both)
        outside = np.divide(whole - was * inside, 1 - was, out=np.zeros(size), where=both)
        effect = here * (now - was) * (inside - outside)
        share = (was + now) / 2
        # Where all was counted any change of a share is real; it is judged as if a sample of as many rows showed it.
        error = np.sqrt(np.maximum(share * (1 - share), 0.0) * (1 / before.rows + 1 / after.rows))
        for cell in np.flatnonzero(both & (np.abs(effect) >= material) & (error > 0)):
            code, named = int(cell), []
            for column in reversed(columns):
                code, own = divmod(code, sizes[column])
                named.append((column, own))
            if any(own >= names[column] for column, own in named):
                continue
            noise = 0.0 if before.counted and after.counted else float(error[cell])
            one = Shifted(tuple(reversed(named)), float(effect[cell]), noise, float(was[cell]), float(now[cell]))
            found.append((one, float(((now[cell] - was[cell]) / error[cell]) ** 2)))
    return found


def _together(was: Floats, now: Floats, across: int) -> npt.NDArray[np.bool_]:
    """Which pairs changed their share in a way that the shares of their two values do not explain.

    If each value's share had changed by itself, a pair's would have changed by both factors; a third of the change or
    more is beyond that.
    """
    first, last = was.reshape(-1, across), now.reshape(-1, across)
    margins = [
        np.divide(
            last.sum(axis=axis),
            first.sum(axis=axis),
            out=np.ones(first.shape[1 - axis]),
            where=first.sum(axis=axis) > 0,
        )
        for axis in (1, 0)
    ]
    grown = last - first
    beyond = last - first * margins[0][:, None] * margins[1][None, :]
    return np.asarray((beyond * np.sign(grown) >= np.abs(grown) / 3).ravel())


def _cell(codes: Sequence[Codes], sizes: Sequence[int], columns: Sequence[int]) -> Codes:
    code = np.zeros(len(codes[0]), np.intp)
    for column in columns:
        code = code * sizes[column] + codes[column]
    return code
