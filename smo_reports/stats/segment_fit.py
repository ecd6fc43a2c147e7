"""How far the rates of some segments moved, together, with errors that know that labelers drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smo_reports.stats.cuboids import Bools, Codes, Floats, Observations
from smo_reports.stats.labeler_drift import Drift
from smo_reports.stats.segment_cells import moved_apart


@dataclass(frozen=True)
class Known:
    """What is known of the rows when nothing happened.

    Attributes
    ----------
    expected : ndarray of float, shape (n,)
        How likely each row is to be right.
    level_error : ndarray of float, shape (labelers,)
        The variance of what is not known of each labeler's level.
    """

    expected: Floats
    level_error: Floats


@dataclass(frozen=True)
class Rows:
    """The rows of a segment.

    Attributes
    ----------
    after : ndarray of bool, shape (n,)
        Those that it covers afterwards.
    before : ndarray of bool, shape (n,)
        Those before that they are held against: of the same segment, less its new values.
    new : bool
        Whether it has new values.
    """

    after: Bools
    before: Bools
    new: bool


@dataclass(frozen=True)
class Shifts:
    """The shifts of some segments, fitted together; arrays of one length.

    Attributes
    ----------
    shift, error : ndarray of float
        What each segment's rate did beyond the others', and its standard error.
    degrees : ndarray of float
        Degrees of freedom of the errors.
    explained : float
        How much of the deviance the shifts explain together.
    """

    shift: Floats
    error: Floats
    degrees: Floats
    explained: float


_ADDED = 4.0

NOTHING = Shifts(np.empty(0), np.empty(0), np.empty(0), 0.0)


@dataclass(frozen=True)
class _Means:
    """Mean rests of groups of rows: how they vary, and each labeler's share of each."""

    rows: Floats
    expected: Floats
    mean: Floats
    noise: Floats
    shares: Floats


def _means(data: Observations, expected: Floats, kept: Codes, group: Codes, groups: int) -> _Means:
    weights = data.weights[kept]
    right, likely, labeler = data.right[kept], expected[kept], data.labeler[kept]
    rows = np.bincount(group, weights, groups).astype(float)
    safe = np.where(rows > 0, rows, 1.0)
    mean = np.bincount(group, weights * (right - likely), groups) / safe
    # The variance of single outcomes, at the rates that the rows turned out to have; a few more rows that are as was
    # expected keep it from vanishing where all were right (Agresti & Coull 1998, American Statistician 52:119-126).
    single = np.bincount(group, weights * likely * (1 - likely), groups) / safe
    level = np.bincount(group, weights * likely, groups) / safe
    even = rows**2 / np.maximum(np.bincount(group, weights**2, groups), 1e-12)
    moved = np.clip(level + mean * even / (even + _ADDED), 0.003, 0.997)
    single = np.maximum(single + moved * (1 - moved) - level * (1 - level), 0.3 * moved * (1 - moved))
    squared = np.bincount(group, weights**2, groups) / safe**2
    shares = np.bincount(group * data.people + labeler, weights, groups * data.people).reshape(groups, data.people)
    return _Means(rows, level * rows, mean, single * squared, shares / safe[:, None])


def fit(data: Observations, known: Known, own: Drift, segments: Sequence[Rows]) -> Shifts:
    """Fit additive shifts of the rates of segments that may overlap.

    Parameters
    ----------
    data : Observations
    known : Known
    own : Drift
    segments : sequence of Rows

    Returns
    -------
    Shifts
        Of generalised least squares over the patterns in which the segments overlap; each pattern's change is that of
        its rate after against the rate before of what it is held against, less what the rows' columns and labelers
        explain. The errors hold binomial noise, what is not known of labelers' levels, and their drift, for each
        labeler over all patterns.

    References
    ----------
    Liang & Zeger (1986), Biometrika 73:13-22, of errors in clusters; the variance here is by the model, not by the
    sandwich: a segment may have few labelers.
    """
    return gathered(data, known, segments).fit(own)


@dataclass(frozen=True)
class Gathered:
    """The patterns in which some segments overlap, to which shifts are fitted.

    Attributes
    ----------
    segments : int
    first, last : _Means
        Of the groups of rows before, and of the patterns afterwards.
    held : ndarray of bool, shape (patterns, groups)
        Which groups each pattern is held against.
    members : ndarray of float, shape (patterns, segments)
        1 where the pattern is in the segment.
    moved : ndarray of float, shape (patterns,)
    independent, of_levels : ndarray of float, shape (patterns, patterns)
        The covariance of ``moved`` from single outcomes, and from what is not known of labelers' levels.
    """

    segments: int
    first: _Means
    last: _Means
    held: Bools
    members: Floats
    moved: Floats
    independent: Floats
    of_levels: Floats

    def fit(self, own: Drift) -> Shifts:
        """Fit the shifts where labelers drift so much; see the function of this name."""
        if not self.segments:
            return NOTHING
        if not self.held.size:
            unknown = np.full(self.segments, np.inf)
            return Shifts(np.zeros(self.segments), unknown, unknown, 0.0)
        members, moved, usable = self.members, self.moved, self.held.any(axis=1)
        drifting = own.variance * (self.last.shares @ self.last.shares.T)
        covariance = self.independent + self.of_levels + drifting
        precision = np.zeros_like(covariance)
        precision[np.ix_(usable, usable)] = np.linalg.pinv(covariance[np.ix_(usable, usable)], hermitian=True)
        variance = np.linalg.pinv(members.T @ precision @ members, hermitian=True)
        solver = variance @ members.T @ precision
        shift = solver @ moved
        of_drift = np.einsum("ij,jk,ik->i", solver, drifting, solver)
        whole = np.maximum(np.diag(variance), 1e-12)
        degrees = np.divide(
            whole**2 * max(own.labelers - 1, 1), of_drift**2, out=np.full(len(shift), np.inf), where=of_drift > 0
        )
        left = moved - members @ shift
        together = float(moved @ precision @ moved - left @ precision @ left)
        apart = float(np.sum(((moved**2 - left**2) / np.maximum(np.diag(self.independent), 1e-12))[usable]))
        of_clusters = min(max(together, 0.0) / apart, 1.0) if apart > 0 else 0.0
        explained = of_clusters * _explained(self.first, self.last, self.held, members @ shift)
        return Shifts(shift, np.sqrt(whole), np.maximum(degrees, 1.0), explained)


def gathered(data: Observations, known: Known, segments: Sequence[Rows], beside: Sequence[Rows] = ()) -> Gathered:
    """Gather what ``fit`` needs, once for however many estimates of the labelers' drift.

    The rows of the segments ``beside`` are judged too, though they are given no shift: only explanations of the same
    rows can be compared. A segment that is a part of the true one looks as good as the whole where its labelers' other
    rows, which moved just as far, are left out.
    """
    every = [*segments, *beside]
    after = _patterns([segment.after for segment in every], data.after)
    before = _patterns([segment.before for segment in every], ~data.after)
    held = _held_against(after[2], before[2], [segment.new for segment in every])
    last = _means(data, known.expected, *after[:2], len(after[2]))
    first = _means(data, known.expected, *before[:2], len(before[2]))
    weight = held * first.rows
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    by_level = last.shares - weight @ first.shares
    return Gathered(
        len(segments),
        first,
        last,
        held,
        ((after[2][:, None] >> np.arange(len(segments))) & 1).astype(float),
        last.mean - weight @ first.mean,
        np.diag(last.noise) + (weight * first.noise) @ weight.T,
        (by_level * known.level_error[: data.people]) @ by_level.T,
    )


def _explained(first: _Means, last: _Means, held: Bools, shift: Floats) -> float:
    """How much less the rates of the patterns stand apart with the shifts than without."""
    rows, expected = held @ first.rows, held @ first.expected
    right = held @ (first.expected + first.mean * first.rows)
    after = (last.rows, last.expected + last.mean * last.rows)
    without = moved_apart(rows, right, expected, *after, last.expected)
    left = moved_apart(rows, right, expected, *after, last.expected + shift * last.rows)
    return float(np.sum(without - left))


def _patterns(masks: Sequence[Bools], period: Bools) -> tuple[Codes, Codes, Codes]:
    """The rows of a period that any mask covers, the number of each one's pattern, and the patterns' bits."""
    bits = np.zeros(len(period), np.uint16)
    for place, mask in enumerate(masks):
        bits |= mask.astype(np.uint16) << np.uint16(place)
    kept = np.flatnonzero(bits * period)
    own = bits[kept].astype(np.intp)
    seen = np.flatnonzero(np.bincount(own, minlength=1 << len(masks)))
    number = np.zeros(1 << len(masks), np.intp)
    number[seen] = np.arange(len(seen))
    return kept, number[own], seen


def _held_against(after: Codes, before: Codes, new: Sequence[bool]) -> Bools:
    """Which groups of rows before each pattern is held against, shape (patterns, groups).

    Those in the same segments. A segment with new values has no rows of its own before: a pattern outside of it is held
    against rows in and out of what the segment is held against.
    """
    free = sum(1 << place for place, is_new in enumerate(new) if is_new)
    same = (after[:, None] & ~free) == (before[None, :] & ~free)
    within = ((after[:, None] & free) & ~before[None, :]) == 0
    return np.asarray(same & within)
