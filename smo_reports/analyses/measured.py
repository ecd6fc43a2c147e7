"""What a search found, measured on all rows and corrected for having been searched for."""

from __future__ import annotations

from collections.abc import Sequence

from smo_reports.analyses.decomposed import Moved
from smo_reports.analyses.roles import Roles
from smo_reports.stats.cuboids import Observations
from smo_reports.stats.labeler_drift import drift
from smo_reports.stats.segment_cells import without_new
from smo_reports.stats.segment_fit import Known, Rows, fit
from smo_reports.stats.segment_hunt import Found
from smo_reports.stats.segment_search import Search, new_codes
from smo_reports.stats.selected import corrected


def worth_naming(data: Observations, roles: Roles, looked: Search, material: float) -> tuple[Moved, ...]:
    """What was found, less what is not worth naming once it is corrected for having been searched for."""
    found = list(looked.found)
    while True:
        moved = measured(data, roles, looked, found)
        kept = [one.found for one in moved if abs(one.corrected[0]) * one.share >= material]
        if len(kept) == len(found):
            return moved
        found = kept


def measured(data: Observations, roles: Roles, looked: Search, found: Sequence[Found]) -> tuple[Moved, ...]:
    """Fit what was found to all rows, and correct it for having been searched for."""
    covered = []
    new = new_codes(data)
    for one in found:
        stripped = without_new(one.segment, new)
        against = data.covered(stripped) & ~data.after
        covered.append(Rows(data.covered(one.segment) & data.after, against, stripped != one.segment))
    expected = looked.known.expected(data)
    known = Known(expected, looked.known.level_error)
    first = fit(data, known, drift(data, expected), covered)
    for shift, rows in zip(first.shift, covered, strict=True):
        expected = expected + shift * rows.after
    fitted = fit(data, known, drift(data, expected), covered)
    whole = float((data.weights * data.after).sum())
    return tuple(
        Moved(
            one,
            rows,
            float(shift),
            float(error),
            corrected(float(shift), float(error), one.critical),
            float((data.weights * rows.after).sum()) / whole,
            roles.measures(data, one.segment),
        )
        for one, rows, shift, error in zip(found, covered, fitted.shift, fitted.error, strict=True)
    )
