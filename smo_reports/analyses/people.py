"""People compared fairly: against what anybody would score on the same mix of work, never a league table."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import special

from smo_reports.kpis.assemble import FEWEST_ROWS, LEVEL
from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.project import Project
from smo_reports.pseudonyms import shown_people
from smo_reports.schema import TOO_FEW
from smo_reports.sources import Rows
from smo_reports.stats.funnel import INNER, OUTER, Work, found_beyond, limits, overdispersion, scores
from smo_reports.stats.intervals import Floats
from smo_reports.stats.shrinkage import shrunk_shares
from smo_reports.stats.sums import sums

BELOW, ABOVE, SAME = "below", "above", "not distinguishable"
_WORK = ("policy", "market", "stratum")
_LIMITS = ("funnel_low", "funnel_high", "funnel_low_outer", "funnel_high_outer")
_COLUMNS = ("n", "value", "expected", "adjusted", "shrunk", "shrunk_low", "shrunk_high", *_LIMITS, "group")


def compared(project: Project, rows: Rows, person: str = "labeler_id") -> pd.DataFrame:
    """Each person's random audits against what the project's rates expect of their mix of work.

    Parameters
    ----------
    project : Project
    rows : Rows
    person : str
        The column of ``audits`` that names whoever is compared: ``"labeler_id"``, or ``"auditor_id"`` for how much
        each auditor finds right.

    Returns
    -------
    DataFrame
        In alphabetical order; empty where there are no random audits.

        * The person (a pseudonym unless the project says otherwise), ``n`` audits, ``value`` share correct;
        * ``expected``, the share that everybody together scores on this person's mix of policies, markets and strata;
        * ``adjusted``, the share that the person would have on the project's mix: the project's odds of a correct
          decision, times the person's odds by those that are expected. Of ratios this is the one that stays in [0, 1]
          and treats errors and correct decisions alike; somebody who scores what is expected has the project's share;
        * ``shrunk``, ``shrunk_low``, ``shrunk_high``: the same, drawn towards the project's share the further the less
          is known, with its 95 % interval: the best guess of what the person's next audits will say;
        * ``funnel_low``, ``funnel_high`` (95 %) and ``funnel_low_outer``, ``funnel_high_outer`` (99.8 %): between
          which ``adjusted`` lies for somebody who scores what is expected, exact for their audits, and wider where
          most of the team spreads more than chance would have it;
        * ``group``: *below, not distinguishable, above* at a false-discovery rate of 5 %, or *too few* (under 30
          audits, or work in which everybody, or nobody, is always right).

        Limits and groups come from the same scores. The limits are for looking at one person; the groups allow for
        looking at everybody at once. So whoever is in a group lies outside the inner limits, and not everybody
        outside them is in one.

    Notes
    -----
    Nothing here says why anybody differs.

    References
    ----------
    Spiegelhalter (2005), Statistics in Medicine 24:1185-1202 (funnel plots of standardised shares);
    Benjamini & Hochberg (1995), JRSS B 57:289-300. See :mod:`smo_reports.stats.funnel` and
    :mod:`smo_reports.stats.shrinkage`.
    """
    table = _by_work(rows, person)
    if table.empty:
        return pd.DataFrame({name: [] for name in (person, *_COLUMNS)})
    people = table.groupby(person)[["n", "hits", "expected"]].sum().reset_index()
    n, hits = people["n"].to_numpy(float), people["hits"].to_numpy(float)
    whole, expected = float(hits.sum() / n.sum()), people["expected"].to_numpy(float) / n
    people = people.assign(value=hits / n, expected=expected, adjusted=_on_projects_mix(hits / n, expected, whole))
    near = shrunk_shares(hits, n, expected, LEVEL)
    for name, values in (("shrunk", near.value), ("shrunk_low", near.low), ("shrunk_high", near.high)):
        people[name] = _on_projects_mix(values, expected, whole)
    chance = [
        scores(Work(own["n"].to_numpy(np.intp), own["rate"].to_numpy(float), int(own["hits"].sum())))
        for _, own in table.groupby(person)
    ]
    score = np.array([one[int(at)] for one, at in zip(chance, hits, strict=True)])
    score = np.where((n >= FEWEST_ROWS) & np.isfinite(score), score, np.nan)
    wide = overdispersion(score)
    ends = np.array([[*limits(one, wide, INNER), *limits(one, wide, OUTER)] for one in chance]) / n[:, None]
    people[list(_LIMITS)] = _on_projects_mix(ends, expected[:, None], whole)
    people["group"] = _groups(score, wide)
    named = shown_people(people[[person, *_COLUMNS]], project)
    return named.sort_values(person).reset_index(drop=True)


def _by_work(rows: Rows, person: str) -> pd.DataFrame:
    """Audits and correct decisions of each person and kind of work, with the kind's own rate; may be empty."""
    if "audits" not in rows or not {"purpose", "correct", person} <= columns(rows["audits"]):
        return pd.DataFrame()
    audits = random_audits(rows["audits"]).filter(~nw.col("correct").is_null() & ~nw.col(person).is_null())
    kinds = [name for name in _WORK if name in columns(audits)]
    hits = audits.with_columns(_hit=nw.when(nw.col("correct")).then(nw.lit(1)).otherwise(nw.lit(0)))
    table = collect(hits.group_by([person, *kinds]).agg(n=nw.len(), hits=nw.col("_hit").sum()))
    if table.empty:
        return table
    kind = np.zeros(len(table), np.intp)
    if kinds:
        kind = np.asarray(table.groupby(kinds, dropna=False).ngroup(), np.intp)
    rate = (sums(kind, table["hits"]) / sums(kind, table["n"]))[kind]
    return table.assign(rate=rate, expected=table["n"] * rate)


def _on_projects_mix(share: Floats, expected: Floats, whole: float) -> Floats:
    """A share as it would be on the project's mix; as it is where everybody, or nobody, is right on this one."""
    share, expected = np.broadcast_arrays(share, expected)
    plain = (expected <= 0) | (expected >= 1)
    odds = special.logit(share) - special.logit(np.where(plain, 0.5, expected)) + special.logit(whole)
    return np.where(plain, share, special.expit(np.where(plain, 0.0, odds)))


def _groups(score: Floats, wide: float) -> list[str]:
    found = found_beyond(score, wide)
    words = np.where(np.isnan(score), TOO_FEW, np.where(~found, SAME, np.where(score < 0, BELOW, ABOVE)))
    return [str(word) for word in words]
