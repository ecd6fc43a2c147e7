"""Where a guideline leaves a gap: what whoever owns the guideline has to know to close it.

A gap is a pair of labels that are taken for each other. What it costs, how much work it touches, where, whether good
labelers are of two minds, what the guideline says now, and what closing the gap could bring at most.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd

from smo_reports.analyses.gap_cases import audited_errors, examples, pair_questions, questions_on
from smo_reports.analyses.gap_gain import Gain, gain_at_usual_rate, own_rows
from smo_reports.analyses.gap_spread import SPREAD_BY, decisions_by_label, spread, touched
from smo_reports.analyses.pairs import Pairs, confused_pairs, counted
from smo_reports.analyses.split import PEOPLE, split_evidence
from smo_reports.project import Project, in_force
from smo_reports.sources import Rows

MOST_GAPS = 5
MOST_EXAMPLES = 5
MOST_ASKED = 12
_FEWEST_ERRORS = 3


@dataclass(frozen=True)
class Wording:
    """The guideline in force at the period's end; ``start`` is None where it always was."""

    version: str
    start: dt.date | None
    text: str


@dataclass(frozen=True)
class Gap:
    """One pair of labels that a guideline should tell apart better.

    Attributes
    ----------
    key : dict
        ``policy`` where there are policies, ``a``, ``b``.
    cost : dict
        The pair's row of :class:`~smo_reports.analyses.pairs.Pairs`.
    directions : DataFrame
    evidence : dict
        Its row of :func:`~smo_reports.analyses.split.split_evidence`.
    decisions : int
        Decisions of the period that gave either label, audited or not.
    wrong : Gain
        Decisions of the period that the pair got wrong, estimated.
    spread, examples, questions : DataFrame
    wording : Wording or None
    at_most, likely : Gain
        If the pair were never confused again; if it were confused as often as other pairs are (nan where there are too
        few to compare with).
    usual : float
        How often those are confused.
    """

    key: dict[str, str]
    cost: dict[str, Any]
    directions: pd.DataFrame
    evidence: dict[str, Any]
    decisions: int
    wrong: Gain
    spread: pd.DataFrame
    examples: pd.DataFrame
    questions: pd.DataFrame
    wording: Wording | None
    at_most: Gain
    likely: Gain
    usual: float


@dataclass(frozen=True)
class GuidelineGaps:
    """The brief of one period.

    Attributes
    ----------
    gaps : tuple of Gap
        The costliest first: those that cost at least the project's materiality and rest on three errors or more; at
        most five.
    found : Pairs
        All pairs.
    evidence : DataFrame
        Of the pairs that were asked about.
    decisions : int
        All decisions of the period: answered, not on gold.
    knowledge : int
        Pairs left out because only few labelers confuse them: those are for their leads.
    smaller : int
        Further pairs: too small, of too few errors, or beyond five.
    missing : str
        What the rows lack, where nothing can be said.
    """

    gaps: tuple[Gap, ...]
    found: Pairs
    evidence: pd.DataFrame
    decisions: int
    knowledge: int
    smaller: int
    missing: str = ""


def guideline_gaps(project: Project, rows: Rows, before: Rows, history: Rows) -> GuidelineGaps:
    """What the team that owns the guideline should look at, from one period's rows.

    Parameters
    ----------
    project : Project
        Its ``guidelines`` give the wording in force, its ``materiality`` what a gap has to cost.
    rows, before : Rows
        The period and the one before.
    history : Rows
        A longer one that ends with the period, to tell who is good; see
        :func:`~smo_reports.analyses.split.split_evidence`.
    """
    found = confused_pairs(rows, before)
    if found.missing or found.found is None:
        return GuidelineGaps((), found, pd.DataFrame(), 0, 0, 0, found.missing)
    evidence = split_evidence(rows, history, found, MOST_ASKED)
    made = decisions_by_label(rows)
    whole = int(made["decisions"].sum())
    known = {tuple(row[name] for name in found.keys): row for row in evidence.to_dict("records")}
    shown: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
    knowledge = 0
    for cost in found.pairs.to_dict("records"):
        own = known.get(tuple(cost[name] for name in found.keys))
        if own is None or cost["n"] < _FEWEST_ERRORS or not cost["lost"] >= project.materiality:
            continue
        if own["verdict"] == PEOPLE:
            knowledge += 1
        elif len(shown) < MOST_GAPS:
            shown.append((cost, own))
    sources = _Sources(project, rows, found, made, whole) if shown else None
    gaps = tuple(sources.gap(cost, own) for cost, own in shown) if sources else ()
    return GuidelineGaps(gaps, found, evidence, whole, knowledge, len(found.pairs) - len(gaps) - knowledge)


class _Sources:
    """What the gaps of one brief are made from, asked of the engine once."""

    def __init__(self, project: Project, rows: Rows, found: Pairs, made: pd.DataFrame, whole: int) -> None:
        self._project, self._found, self._made, self._whole = project, found, made, whole
        self._by_part = counted(rows, SPREAD_BY)
        self._errors = audited_errors(project, rows)
        self._asked = pair_questions(project, rows)
        # What comes into force only later is not the wording of a period without an end either.
        today = dt.datetime.now(project.zone).date()
        self._last_day = today if rows.end is None else rows.end - dt.timedelta(1)

    def gap(self, cost: dict[Any, Any], evidence: dict[Any, Any]) -> Gap:
        """One pair with all that is known of it."""
        found = self._found
        key = {name: cost[name] for name in found.keys}
        lost = (float(cost["lost"]), float(cost["low"]), float(cost["high"]))
        likely, usual = gain_at_usual_rate(found, key)
        where = spread(self._by_part, self._made, key)
        return Gap(
            key=key,
            cost={str(name): value for name, value in cost.items()},
            directions=own_rows(found.directions, key),
            evidence={str(name): value for name, value in evidence.items()},
            decisions=int(touched(self._made, key)["decisions"].sum()),
            wrong=Gain(*(part * self._whole for part in lost)),
            spread=where,
            examples=examples(self._errors, key, MOST_EXAMPLES, where),
            questions=questions_on(self._asked, key),
            wording=self._wording(key.get("policy")),
            at_most=Gain(*lost),
            likely=likely,
            usual=usual,
        )

    def _wording(self, policy: str | None) -> Wording | None:
        found = in_force(self._project.guidelines, None if pd.isna(policy) else policy, self._last_day)
        return Wording(found.version, found.start, found.wording(self._project.root)) if found else None
