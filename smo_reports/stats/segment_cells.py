"""What each counted cell says of a change, and which cells it is held against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import special

from smo_reports.stats.cuboids import MOST_CELLS, Bools, Cells, Codes, Floats, Observations, Segment


def evidence(cells: Cells, expected_after: Floats, least: float = 0.0) -> tuple[Floats, Floats]:
    """How much better two rates fit each cell than one that moves only as expected, and the difference.

    Parameters
    ----------
    cells : Cells
    expected_after : ndarray of float
        What the cells are expected to hold afterwards, findings included.
    least : float
        How many right rows a cell must have gained or lost to be looked at.

    Returns
    -------
    deviance, effect : ndarray of float
        Twice the logarithm of the likelihood ratio of two binomials, which stays right in small cells with few errors,
        minus infinity in a cell that is not looked at; and the change of the rate beyond the expected one. A cell
        without rows before has neither: 0.
    """
    n_before, n_after = cells.n_before, cells.n_after
    seen = n_before > 0
    rows = np.where(seen, n_before, 1.0)
    effect = (cells.right_after - expected_after) / n_after - (cells.right_before - cells.expected_before) / rows
    effect = np.where(seen, effect, 0.0)
    # Most cells are too small to matter, and logarithms take long.
    own = np.flatnonzero(np.abs(effect) * cells.weight_after >= least)
    before = (n_before, cells.right_before, cells.expected_before)
    after = (n_after, cells.right_after, expected_after)
    deviance = np.full(len(effect), -np.inf)
    deviance[own] = moved_apart(*(array[own] for array in (*before, *after)))
    return deviance, effect


def moved_apart(
    n_before: Floats,
    right_before: Floats,
    expected_before: Floats,
    n_after: Floats,
    right_after: Floats,
    expected_after: Floats,
) -> Floats:
    """Twice the logarithm of the likelihood ratio of two rates against two that are equally far from what is expected.

    Parameters
    ----------
    n_before, right_before, expected_before, n_after, right_after, expected_after : ndarray of float, same shape
        Rows, right ones, and as many as were to be expected to be right; ``n_after`` is above 0.

    Returns
    -------
    ndarray of float
        0 where nothing was there before.
    """
    seen = n_before > 0
    rows = np.where(seen, n_before, 1.0)
    common = (right_after - expected_after + right_before - expected_before) / (n_after + n_before)
    fitted_after = np.clip(expected_after / n_after + common, 0.002, 0.998)
    fitted_before = np.clip(expected_before / rows + common, 0.002, 0.998)
    deviance = _deviance(right_after, n_after, fitted_after) + _deviance(right_before, rows, fitted_before)
    return np.where(seen, deviance, 0.0)


def _deviance(right: Floats, rows: Floats, rate: Floats) -> Floats:
    wrong = rows - right
    deviance = special.xlogy(right, right / (rows * rate)) + special.xlogy(wrong, wrong / (rows * (1 - rate)))
    return np.asarray(2 * deviance)


def overlap(data: Observations, cells: Cells, mask: Bools) -> Floats:
    """How much the mask's rows afterwards that each cell holds weigh."""
    rows = np.flatnonzero(mask & data.after)
    if len(rows) == int(data.after.sum()):
        return cells.weight_after
    found = np.zeros(len(cells.code))
    codes = [code[rows] for code in data.codes]
    weights = None if data.weight is None else data.weight[rows]
    ends = cells.ends()
    first: tuple[int, ...] = ()
    code = _crossed(codes, data.sizes, first)
    for number, columns in enumerate(cells.columns):
        own = slice(ends[number], ends[number + 1])
        if own.start == own.stop:
            continue
        # Combinations that share all columns but the last one stand together.
        if columns[:-1] != first:
            first, code = columns[:-1], _crossed(codes, data.sizes, columns[:-1])
        whole = code
        for column in columns[-1:]:
            whole = code * data.sizes[column] + codes[column]
        size = math.prod(data.sizes[column] for column in columns)
        if size <= MOST_CELLS:
            found[own] = np.bincount(whole, weights, size)[cells.code[own]]
            continue
        place = np.minimum(np.searchsorted(cells.code[own], whole), own.stop - own.start - 1)
        inside = cells.code[own][place] == whole
        kept = None if weights is None else weights[inside]
        found[own] = np.bincount(place[inside], kept, own.stop - own.start)
    return found


def _crossed(codes: Sequence[Codes], sizes: Sequence[int], columns: Sequence[int]) -> Codes:
    found = np.zeros(len(codes[0]) if codes else 0, np.intp)
    for column in columns:
        found = found * sizes[column] + codes[column]
    return found


def without_new(segment: Segment, new: Sequence[Bools]) -> Segment:
    """The segment less the values that were not seen before: what it is held against.

    Parameters
    ----------
    segment : tuple of (int, int)
    new : sequence of ndarray of bool
        For each column which of its codes had no rows before.
    """
    return tuple((column, code) for column, code in segment if not new[column][code])


def referred(cells: Cells, new: Sequence[Bools]) -> Cells:
    """Hold cells of new values against the rows before of the same cell without the new value.

    A new tool is held against all rows before, a new tool in one market against that market's. A cell whose values were
    all seen before, but never together, is held against nothing.
    """
    before = [array.copy() for array in (cells.n_before, cells.right_before, cells.expected_before)]
    ends = cells.ends()
    place = {columns: number for number, columns in enumerate(cells.columns)}
    for number, columns in enumerate(cells.columns):
        if not any(new[column].any() for column in columns):
            continue
        own = np.arange(ends[number], ends[number + 1])
        digits = _digits(cells.code[own], [cells.sizes[column] for column in columns])
        bits = np.zeros(len(own), np.intp)
        for position, (column, digit) in enumerate(zip(columns, digits, strict=True)):
            bits |= new[column][digit].astype(np.intp) << position
        for pattern in np.flatnonzero(np.bincount(bits)[1:]) + 1:
            rows = np.flatnonzero(bits == pattern)
            kept = [position for position in range(len(columns)) if not pattern >> position & 1]
            code = np.zeros(len(rows), np.intp)
            for position in kept:
                code = code * cells.sizes[columns[position]] + digits[position][rows]
            parent = place[tuple(columns[position] for position in kept)]
            found = ends[parent] + np.searchsorted(cells.code[ends[parent] : ends[parent + 1]], code)
            for array in before:
                array[own[rows]] = array[found]
    return replace(cells, n_before=before[0], right_before=before[1], expected_before=before[2])


def nameable(cells: Cells, rare: Sequence[int | None]) -> Cells:
    """The cells without those that a column's rare values, taken together, would name."""
    if all(code is None for code in rare):
        return cells
    kept = np.ones(len(cells.code), bool)
    ends = cells.ends()
    for number, columns in enumerate(cells.columns):
        own = slice(ends[number], ends[number + 1])
        for column, digit in zip(columns, _digits(cells.code[own], [cells.sizes[one] for one in columns]), strict=True):
            if rare[column] is not None:
                kept[own] &= digit != rare[column]
    named = {name: getattr(cells, name)[kept] for name in ("cuboid", "code", "order")}
    before = {name: getattr(cells, name)[kept] for name in ("n_before", "right_before", "expected_before")}
    after = {name: getattr(cells, name)[kept] for name in ("n_after", "right_after", "expected_after", "weight_after")}
    return replace(cells, **named, **before, **after)


def _digits(code: Codes, sizes: Sequence[int]) -> list[Codes]:
    """The codes of single columns in a code of several, the first column first."""
    found = []
    for size in reversed(sizes):
        code, digit = np.divmod(code, size)
        found.append(digit)
    return found[::-1]
