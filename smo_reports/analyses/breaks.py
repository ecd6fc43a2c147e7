"""Where a KPI's line is broken: what was changed in what it measures, not in the work that it measures.

A new guideline changes which decisions auditors and gold call right; new gold changes the known answers; a new sampling
plan changes which decisions are audited. A tool, a training or an incident changes the work itself, and breaks nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from smo_reports.kpis import KPIS

_VERDICTS = frozenset({"correct", "audit_label", "audit_violating", "score", "error_type"})


@dataclass(frozen=True)
class Break:
    """Where a KPI's line is broken.

    Attributes
    ----------
    week : date
        The first day of the first week that is measured in the new way.
    at : date
        The day of the change; of the last, where several fall into one week.
    kinds : tuple of str
        ``guideline``, ``gold``, ``sampling``.
    names : tuple of str
        What the events are called.
    """

    week: dt.date
    at: dt.date
    kinds: tuple[str, ...]
    names: tuple[str, ...]


def breaking_kinds(kpi: str) -> frozenset[str]:
    """The kinds of events that change what a KPI measures, by the tables and columns that it needs.

    Audits are drawn by a sampling plan and, where their verdict is asked for, judged by a guideline; decisions on gold
    items are held against gold, which follows a guideline. Whatever needs neither is never broken.

    >>> sorted(breaking_kinds("accuracy")), sorted(breaking_kinds("gold_accuracy")), sorted(breaking_kinds("decisions"))
    (['guideline', 'sampling'], ['gold', 'guideline'], [])
    """
    needs = KPIS[kpi].needs
    kinds: set[str] = set()
    if "audits" in needs:
        kinds |= {"sampling"}
        if _VERDICTS & set(needs["audits"]):
            kinds |= {"guideline"}
    if "gold_decisions" in needs:
        kinds |= {"guideline", "gold"}
    return frozenset(kinds)


def breaks_of(kpi: str, events: pd.DataFrame | None, weeks: Sequence[dt.date]) -> tuple[Break, ...]:
    """The breaks of a KPI's line within some weeks.

    Parameters
    ----------
    kpi : str
    events : DataFrame or None
        ``at`` (local date), ``kind`` and ``name``, as ``what_changed`` gives them.
    weeks : sequence of date
        First days, in order.

    Returns
    -------
    tuple of Break
        In order. A week belongs to what held on most of its days: a change from Friday on begins with the next week.
        One before the second week, or after the last, breaks nothing.
    """
    if events is None or events.empty or not weeks:
        return ()
    kinds = breaking_kinds(kpi)
    own = events[events["kind"].isin(kinds)]
    found: dict[dt.date, list[tuple[dt.date, str, str]]] = {}
    for at, kind, name in zip(own["at"], own["kind"], own["name"], strict=True):
        first = next((week for week in weeks if at <= week + dt.timedelta(3)), None)
        if first is not None and first != weeks[0]:
            found.setdefault(first, []).append((at, kind, name))
    return tuple(
        Break(week, max(at for at, _, _ in held), tuple(sorted({kind for _, kind, _ in held})), _names(held))
        for week, held in sorted(found.items())
    )


def _names(held: list[tuple[dt.date, str, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for _, _, name in sorted(held)))
