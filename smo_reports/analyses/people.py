"""People compared fairly: against what anybody would score on the same mix of work, never a league table."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import stats as distributions

from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.project import Project
from smo_reports.pseudonyms import shown_people
from smo_reports.sources import Rows

BELOW, ABOVE, SAME = "below", "above", "not distinguishable"
_FDR = 0.05


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
    table["variance"] = table["n"] * rate * (1 - rate)
    people = table.groupby("labeler_id", sort=False)[["n", "hits", "expected", "variance"]].sum().reset_index()
    people["group"] = _groups(people)
    people["value"] = people["hits"] / people["n"]
    people["expected"] = people["expected"] / people["n"]
    named = shown_people(people[["labeler_id", "n", "value", "expected", "group"]], project)
    return named.sort_values("labeler_id").reset_index(drop=True)


def _groups(people: pd.DataFrame) -> list[str]:
    enough = (people["n"] >= 30) & (people["variance"] > 0)
    z = ((people["hits"] - people["expected"]) / np.sqrt(people["variance"].where(enough))).to_numpy(float)
    usable = np.sort(z[~np.isnan(z)])
    if len(usable) == 0:
        return ["too few"] * len(people)
    # People differ for reasons that no mix of work explains: the spread of most of them widens the limits for
    # all.
    tail = np.clip(usable, *np.quantile(usable, [0.1, 0.9]))
    z = z / np.sqrt(max(1.0, float(np.mean(tail**2))))
    chance = 2 * distributions.norm.sf(np.abs(z))
    kept = ~np.isnan(chance)
    found = np.zeros(len(z), bool)
    found[kept] = distributions.false_discovery_control(chance[kept]) <= _FDR
    words = np.where(found, np.where(z < 0, BELOW, ABOVE), SAME)
    return [str(word) if known else "too few" for word, known in zip(words, kept, strict=True)]
