"""How much work a pair of labels touches, and where: from all decisions, and from the audits of each part."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.analyses.hidden_parts import hidden_parts
from smo_reports.analyses.label_sets import mentions
from smo_reports.analyses.pairs import Rowwise, of_pair, said_either
from smo_reports.kpis.assemble import LEVEL
from smo_reports.kpis.kinds import Kinds
from smo_reports.kpis.tally import answered, collect, columns
from smo_reports.sources import Rows
from smo_reports.stats.sampling import design_interval

SPREAD_BY = ("market", "language")
_SMALL = ("n", "said_n", "of_pair", "rate", "low", "high")
"""Counts of one or two people are theirs as much as the rate made of them."""

_COLUMNS = ("by", "part", "decisions", "n", "said_n", "labelers", "of_pair", "rate", "low", "high")


def decisions_by_label(rows: Rows) -> pd.DataFrame:
    """Count all decisions of the period (answered, not on gold) by label, policy, market and language."""
    frame = answered(rows["decisions"]).filter(~nw.col("label").is_null())
    if "is_gold" in columns(frame):
        frame = frame.filter(~nw.col("is_gold").fill_null(False))
    by = [name for name in ("label", "policy", *SPREAD_BY) if name in columns(frame)]
    return collect(frame.group_by(by).agg(decisions=nw.len()))


def touched(made: pd.DataFrame, key: dict[str, str]) -> pd.DataFrame:
    """The decisions that gave a label of the pair, of :func:`decisions_by_label`."""
    own = made[mentions(made["label"], (key["a"], key["b"]))]
    if "policy" not in key or "policy" not in own:
        return own
    return own[own["policy"].isna() if pd.isna(key["policy"]) else own["policy"] == key["policy"]]


def spread(found: Kinds, made: pd.DataFrame, key: dict[str, str]) -> pd.DataFrame:
    """Where a pair is confused: by market and by language.

    Parameters
    ----------
    found : Kinds
        Counted by ``SPREAD_BY`` as well.
    made : DataFrame
        As :func:`decisions_by_label` gives it.
    key : dict
        ``policy`` where there are policies, ``a``, ``b``.

    Returns
    -------
    DataFrame
        One row a market and a language (``by, part``): ``decisions`` that gave either label; ``n`` errors of the pair
        and ``said_n`` audits in which either label was said, of ``labelers``; ``of_pair``, the share of the pair's
        errors; ``rate, low, high``, the share confused of the decisions in which either was said, in this period's
        work. The part with the most of the errors first. What fewer than three people stand behind is nan, and where
        that is one part only, so is the next smallest: else the pair's own numbers would tell.
    """
    own, hit, said = touched(made, key), of_pair(found, key), said_either(found, key)
    lines = []
    for by in SPREAD_BY:
        if by not in found.rows or by not in own:
            continue
        volume = own.groupby(by)["decisions"].sum()
        seen = found.rows.loc[said, by].dropna().unique()
        parts = [
            {"by": by, "part": part, "decisions": int(volume.get(part, 0))} | _part(found, hit, said, by, part)
            for part in sorted({*volume.index, *seen})
        ]
        hidden = hidden_parts([one["labelers"] for one in parts], [one["said_n"] for one in parts])
        lines += [
            one | (dict.fromkeys(_SMALL, np.nan) if small else {}) for one, small in zip(parts, hidden, strict=True)
        ]
    table = pd.DataFrame(lines, columns=list(_COLUMNS))
    place = table["by"].map({by: at for at, by in enumerate(SPREAD_BY)})
    ordered = table.assign(place=place).sort_values(
        ["place", "of_pair", "decisions", "part"], ascending=[True, False, False, True]
    )  # fmt: skip
    return ordered[list(_COLUMNS)].reset_index(drop=True)


def _part(found: Kinds, hit: Rowwise, said: Rowwise, by: str, part: str) -> dict[str, Any]:
    here = (found.rows[by] == part).to_numpy(bool)
    own = said & here
    line: dict[str, Any] = {
        "n": int(found.rows.loc[hit & here, "n"].sum()),
        "said_n": int(found.rows.loc[own, "n"].sum()),
        "labelers": int(found.rows.loc[own, "labeler_id"].nunique(dropna=False)),
    }
    tallies = found.tallies(hit, own)
    ends = design_interval(tallies, LEVEL)
    line["of_pair"] = float(found.tallies(here, hit).share[0])
    return line | {"rate": float(tallies.share[0]), "low": float(ends.low[0]), "high": float(ends.high[0])}
