"""Which segments' rates moved: a search over combinations of columns that reports each cause once, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smo_reports.stats.baseline import Baseline, baseline
from smo_reports.stats.cuboids import Bools, Observations, count
from smo_reports.stats.segment_cells import nameable, referred
from smo_reports.stats.segment_fit import Known
from smo_reports.stats.segment_hunt import Found, Hunt

_PILOT = 100.0


@dataclass(frozen=True)
class Search:
    """What was found, and what was looked at.

    Attributes
    ----------
    found : tuple of Found
        The largest effect first.
    nearest : Found or None
        Where nothing was found: what came nearest, within what chance does in so many segments.
    known : Baseline
        Of the rows of before.
    last : Baseline
        Of the rows after.
    new : tuple of ndarray of bool
        For each column which of its codes are new: they had no rows before, or hardly any against those after.
    looked_at : int
        How many segments.
    """

    found: tuple[Found, ...]
    nearest: Found | None
    known: Baseline
    last: Baseline
    new: tuple[Bools, ...]
    looked_at: int


def search(
    data: Observations,
    columns: Sequence[int],
    material: float = 0.001,
    least: float = 30.0,
    rare: Sequence[int | None] = (),
    most_columns: int = 3,
    most_found: int = 8,
) -> Search:
    """Search for the segments whose rates moved.

    Parameters
    ----------
    data : Observations
    columns : sequence of int
        The columns that say what to expect of a row; the labeler's is not one of them.
    material : float
        A segment that moves the whole by less is not looked at.
    least : float
        A segment has at least so many rows afterwards.
    rare : sequence of int or None
        For each column the code of its rare values together, which is no name for a segment.
    most_columns : {1, 2, 3}
    most_found : int

    Returns
    -------
    Search
        Greedy: the segment that explains most beyond what a search of its kind finds by chance. Then each finding, and
        each pair that overlaps, is taken out and the search done again without it: several segments which share one
        cause give way to it, and one that only touches several causes to those.

    Notes
    -----
    A segment has to be beyond the point that any of its order exceeds by chance with ``ERROR_BY_ORDER``
    (Bonferroni; Student's distribution as far as labelers' drift is in the error), so all findings together are false
    in about three of a hundred periods (measured).
    """
    new = new_codes(data)
    model = baseline(data, columns, new=new)
    known = Known(model.expected(data), model.level_error)
    cells = nameable(referred(count(data, known.expected, least, most_columns), new), rare)
    hunt = Hunt(data, known, cells, new, material, most_found)
    found = hunt.found()
    last = baseline(data, columns, data.after)
    return Search(found, None if found else hunt.nearest(), model, last, new, len(cells.code))


def new_codes(data: Observations) -> tuple[Bools, ...]:
    """For each column which codes are new: after a pilot of a few rows a tool is as new as without.

    Returns
    -------
    tuple of ndarray of bool
        Codes with rows after, and before with none, or with fewer than 100 and a tenth of the share that they have
        after.
    """
    found = []
    for code, size in zip(data.codes, data.sizes, strict=True):
        was, now = (np.bincount(code[period], minlength=size).astype(float) for period in (~data.after, data.after))
        rolled_out = (was < _PILOT) & (was * data.after.sum() < 0.1 * now * (~data.after).sum())
        found.append((was == 0) | rolled_out)
    return tuple(found)
