"""Why a share moved between two periods: what mix, rates and measurement did to it, and in which segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from smo_reports.analyses.audited_columns import names_of
from smo_reports.analyses.decomposed import Moved, decomposed
from smo_reports.analyses.encoded import Encoded, encoded, encoded_like
from smo_reports.analyses.explanation import Explanation
from smo_reports.analyses.finding import Finding
from smo_reports.analyses.measured import measured, worth_naming
from smo_reports.analyses.parts import Parts
from smo_reports.analyses.roles import Roles
from smo_reports.analyses.unaudited import Unaudited
from smo_reports.errors import KpiError
from smo_reports.schema import PERSON_COLUMNS
from smo_reports.stats.cuboids import Bools, Observations
from smo_reports.stats.segment_search import Search, search
from smo_reports.stats.sums import inner

SEARCHED_ROWS = 400_000
"""Of more rows a sample of this size is searched; what is found in it is measured on all of them."""

LEAST_ROWS = 30.0
"""A segment has at least so many rows afterwards, and at least ``_LEAST_SHARE`` of them."""

_LEAST_SHARE = 0.0016
_ONE_PERSON = 0.95
_LABELER = "labeler_id"
_MIX_FLOOR = 4
"""A changed share has to move the KPI by this many times the materiality floor to be named: every mix wobbles."""


def explain(
    rows: Any,
    outcome: str = "correct",
    period: str = "period",
    before: object = "before",
    after: object = "after",
    dimensions: Sequence[str] = (),
    labeler: str | None = "labeler_id",
    weight: str | None = None,
    population: Any = None,
    *,
    population_weight: str | None = None,
    material: float = 0.001,
    work: Sequence[str] | None = None,
    measured_by: Sequence[str] | None = None,
    most_columns: int = 3,
) -> Explanation:
    """Explain the change of a share between two periods.

    Parameters
    ----------
    rows : DataFrame or lazy frame that narwhals reads
        One row an audited decision.
    outcome : str
        The column that says whether it was right: true or false, 0 or 1. Rows without one are left out and counted.
    period : str
        The column that names the period; rows of other periods than the two are not looked at.
    before, after : object
        Its values.
    dimensions : sequence of str
        Columns whose values, and combinations of up to three of them, may be where the change lies.
    labeler : str or None
        Who made the decision. Decisions of one labeler are not independent; single labelers, alone and in combination,
        are looked at too. None, or the default where the rows have no such column: rows count as independent.
    weight : str or None
        How many decisions each row stands for (inverse sampling probability).
    population : DataFrame or lazy frame, optional
        One row a decision, of all decisions of both periods: the mix is then that of all work, and what the audits'
        own mix did apart from it is measurement. What of it nobody audited is said.
    population_weight : str, optional
        The column that says how many decisions a row of ``population`` stands for, where it is a tally.
    material : float
        A cause that moves the share by less is not worth naming; 0.001 is a tenth of a point.
    work : sequence of str, optional
        Those dimensions that say what was labeled, in which a new value is *entered* work. Default: the canonical
        names, such as policy and market.
    measured_by : sequence of str, optional
        Those that say who or what judged. Default: those that name an auditor or a reviewer.
    most_columns : {1, 2, 3}

    Returns
    -------
    Explanation
        The parts of the change, and the findings, the largest effect first; none where the change is no more than the
        noise of sampling and of labelers.

    Raises
    ------
    KpiError
        When a column or a period is missing, or an outcome or a weight cannot be used.

    Notes
    -----
    What to expect of a row by its columns' values and its labeler is learnt from the rows of before; a segment is found
    where its rows moved away from that further than any of the segments looked at would by chance, with labelers'
    own drift in the error (``smo_reports.stats.segment_search``). In 3 of 100 comparisons in which nothing happened
    something is found. Effects are corrected for having been searched for.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> random = np.random.default_rng(1)
    >>> rows = pd.DataFrame({"period": np.repeat(["A", "B"], 4000), "market": random.choice(["ID", "MY", "PH"], 8000)})
    >>> rows["labeler_id"] = random.integers(0, 40, 8000)
    >>> worse = (rows["period"] == "B") & (rows["market"] == "ID")
    >>> rows["correct"] = random.random(8000) < np.where(worse, 0.85, 0.95)
    >>> found = explain(rows, before="A", after="B", dimensions=["market"])
    >>> found.findings[0].segment, found.findings[0].kind
    ({'market': 'ID'}, 'rate')
    """
    if most_columns not in (1, 2, 3):
        raise KpiError(f"most_columns is {most_columns!r}; combine 1, 2 or 3 columns")
    if not 0 <= material < 1:
        raise KpiError(f"material is {material!r}; give a part of one, such as 0.001 for a tenth of a point")
    dimensions = [dimensions] if isinstance(dimensions, str) else list(dict.fromkeys(dimensions))
    if labeler == _LABELER and _LABELER not in names_of(rows):
        labeler = None
    read = encoded(rows, outcome, period, before, after, dimensions, labeler, weight)
    roles = Roles.of(read.columns, labeler, work, measured_by)
    looked = _searched(read, roles, material, most_columns)
    moved = worth_naming(read.data, roles, looked, material)
    all_work = None
    if population is not None:
        all_work = encoded_like(population, period, before, after, read, population_weight)
    change = decomposed(read, roles, looked, moved, all_work, _MIX_FLOOR * material)
    after_rows, found = read.data.after, [*change.findings, *_findings(read, roles, moved)]
    return Explanation(
        outcome,
        before,
        after,
        _mean(read.data, ~after_rows),
        _mean(read.data, after_rows),
        int((~after_rows).sum()),
        int(after_rows.sum()),
        Parts(change.parts),
        tuple(sorted(found, key=lambda one: -abs(one.effect))),
        change.noise,
        looked.looked_at,
        *_nearest(read, roles, looked),
        read.undecided,
        change.came_and_went,
        Unaudited() if all_work is None else all_work.unaudited,
    )


def _searched(read: Encoded, roles: Roles, material: float, most_columns: int) -> Search:
    data = read.data
    rows = [np.flatnonzero(data.after), np.flatnonzero(~data.after)]
    if len(data) > SEARCHED_ROWS:
        draw = np.random.default_rng(len(data))
        rows = [draw.choice(own, min(len(own), SEARCHED_ROWS // 2), replace=False) for own in rows]
        data = data.taken(np.sort(np.concatenate(rows)))
    # The search multiplies codes into one another.
    data = replace(data, codes=tuple(code.astype(np.intp) for code in data.codes))
    least = max(LEAST_ROWS, _LEAST_SHARE * float((data.weights * data.after).sum()))
    return search(data, roles.known, material, least, read.rare, most_columns)


def _nearest(read: Encoded, roles: Roles, looked: Search) -> tuple[Finding | None, float]:
    """What came nearest, with an interval as wide as the search makes it, and how many times the rows would tell."""
    if looked.nearest is None:
        return None, float("nan")
    (one,) = measured(read.data, roles, looked, (looked.nearest,))
    reach = one.found.critical * one.error
    (found,) = _findings(read, roles, (replace(one, corrected=(one.shift, one.shift - reach, one.shift + reach)),))
    return found, max((reach / one.shift) ** 2, 1.0) if one.shift else float("inf")


def _findings(read: Encoded, roles: Roles, moved: Sequence[Moved]) -> list[Finding]:
    data, found = read.data, []
    for one in moved:
        own = one.rows.after
        before = np.zeros(len(data), bool) if one.rows.new else one.rows.before
        effect, low, high = (one.share * value for value in one.corrected)
        names = read.named(one.found.segment)
        found.append(
            Finding(
                names,
                "measurement" if one.judges else "rate",
                effect,
                low,
                high,
                _mean(data, before),
                _mean(data, own),
                int(before.sum()),
                int(own.sum()),
                one.share,
                one.rows.new,
                any(name in PERSON_COLUMNS or name == roles.labeler for name in names) or _of_one(data, own),
                also=tuple(read.named(other) for other in one.found.also),
            )
        )
    return found


def _of_one(data: Observations, rows: Bools) -> bool:
    """Whether nearly all rows are one labeler's: a queue that one person works is that person."""
    if not data.people or data.people == 1:
        return False
    tally = np.bincount(data.labeler[rows], minlength=data.people)
    return bool(tally.max() >= _ONE_PERSON * tally.sum())


def _mean(data: Observations, rows: Bools) -> float:
    weights = data.weights[rows]
    return inner(weights, data.right[rows]) / float(weights.sum()) if len(weights) else float("nan")
