"""People compared fairly: against what anybody would score on the same mix of work, never a league table."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import stats as distributions

from smo_reports.kpis.assemble import FEWEST_ROWS
from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.project import Project
from smo_reports.pseudonyms import shown_people
from smo_reports.sources import Rows
from smo_reports.stats.intervals import Floats

BELOW, ABOVE, SAME = "below", "above", "not distinguishable"
_FDR = 0.05
_OUTER = 0.1
_EDGE = float(distributions.norm.isf(_OUTER))
_WINSORISED = 1 - 2 * _OUTER - 2 * _EDGE * float(distributions.norm.pdf(_EDGE)) + 2 * _OUTER * _EDGE**2
"""The variance of a standard normal value whose outer tenths are pulled in: 0.679."""


def compared(project: Project, rows: Rows) -> pd.DataFrame:
    """Each labeler's random audits against what the project's rates expect of their mix of work.

    Parameters
    ----------
    project : Project
    rows : Rows

    Returns
    -------
    DataFrame
        ``labeler_id`` (a pseudonym unless the project says otherwise), ``n`` audits, ``value`` share correct,
        ``expected`` share, ``group`` (*below, not distinguishable, above* at a false-discovery rate of 5 %,
        or *too few*), in alphabetical order. Empty where there are no random audits.

    References
    ----------
    Hong (2013), Computational Statistics & Data Analysis 59:41-51 (exact chance of a sum of unlike trials);
    Spiegelhalter (2005), Statistics in Medicine 24:1185-1202 (multiplicative overdispersion, winsorised);
    Benjamini & Hochberg (1995), JRSS B 57:289-300.
    """
    empty = pd.DataFrame({"labeler_id": [], "n": [], "value": [], "expected": [], "group": []})
    if "audits" not in rows or not {"purpose", "correct"} <= columns(rows["audits"]):
        return empty
    audits = random_audits(rows["audits"]).filter(~nw.col("correct").is_null())
    cells = [name for name in ("policy", "market", "stratum") if name in columns(audits)]
    hits = audits.with_columns(_hit=nw.when(nw.col("correct")).then(nw.lit(1)).otherwise(nw.lit(0)))
    table = collect(hits.group_by(["labeler_id", *cells]).agg(n=nw.len(), hits=nw.col("_hit").sum()))
    if table.empty:
        return empty
    of_cell = (
        table.groupby(cells, dropna=False)[["hits", "n"]].transform("sum") if cells else table[["hits", "n"]].sum()
    )
    rate = of_cell["hits"] / of_cell["n"]
    table["expected"] = table["n"] * rate
    table["rate"] = rate
    score = {who: _score(own) for who, own in table.groupby("labeler_id", sort=False)}
    people = table.groupby("labeler_id", sort=False)[["n", "hits", "expected"]].sum().reset_index()
    people["group"] = _groups(np.array([score[who] for who in people["labeler_id"]], float))
    people["value"] = people["hits"] / people["n"]
    people["expected"] = people["expected"] / people["n"]
    named = shown_people(people[["labeler_id", "n", "value", "expected", "group"]], project)
    return named.sort_values("labeler_id").reset_index(drop=True)


def _score(own: pd.DataFrame) -> float:
    """One person's hits as a normal score (mid-p) of what their mix of work gives by chance; nan for too few.

    Audits that go wrong once in thirty are far from normal: the chance is exact, by the sum's characteristic
    function, since each kind of work has its own rate.
    """
    rate, n, hits = (own[name].to_numpy(float) for name in ("rate", "n", "hits"))
    total = int(n.sum())
    if total < FEWEST_ROWS or not (rate * (1 - rate)).any():
        return float("nan")
    turns = np.exp(2j * np.pi * np.arange(total + 1) / (total + 1))
    characteristic = np.prod((1 - rate + rate * turns[:, None]) ** n, axis=1)
    chance = np.maximum(np.fft.fft(characteristic).real / (total + 1), 0.0)
    at = int(hits.sum())
    below = float(chance[:at].sum() + chance[at] / 2)
    above = float(chance[at + 1 :].sum() + chance[at] / 2)
    # The smaller tail, since the larger one is rounded; beyond what the sums can tell from 0 all is alike.
    score = float(distributions.norm.isf(max(min(below, above), 1e-14)))
    return -score if below < above else score


def _groups(z: Floats) -> list[str]:
    usable = np.sort(z[~np.isnan(z)])
    if len(usable) == 0:
        return ["too few"] * len(z)
    # People differ for reasons that no mix of work explains: the spread of most of them widens the limits for
    # all. What pulling the outer fifth in takes from a normal spread is given back.
    tail = np.clip(usable, *np.quantile(usable, [_OUTER, 1 - _OUTER]))
    z = z / np.sqrt(max(1.0, float(np.mean(tail**2)) / _WINSORISED))
    chance = 2 * distributions.norm.sf(np.abs(z))
    kept = ~np.isnan(chance)
    found = np.zeros(len(z), bool)
    found[kept] = distributions.false_discovery_control(chance[kept]) <= _FDR
    words = np.where(found, np.where(z < 0, BELOW, ABOVE), SAME)
    return [str(word) if known else "too few" for word, known in zip(words, kept, strict=True)]
