"""Teams and all of them together, such that no sum gives away a team too small to be shown."""

from __future__ import annotations

import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import FEWEST_LABELERS

EVERYBODY = "(everybody)"
"""The group of all people, beside those of the teams."""

_NUMBERS = ("value", "low", "high", "hours", "booked", "tool", "gap")


def with_everybody(table: pd.DataFrame) -> pd.DataFrame:
    """A tally in which each row counts for its team and for everybody."""
    return pd.concat([table, table.assign(team=EVERYBODY)], ignore_index=True)


def guarded(table: pd.DataFrame, beside: tuple[str, ...] = ()) -> pd.DataFrame:
    """The estimates without those of everybody where they would tell the figures of a team that is not shown.

    Parameters
    ----------
    table : DataFrame
        Estimates by ``team`` and the columns ``beside``; ``n`` counts people.
    beside : tuple of str

    Returns
    -------
    DataFrame
        Where some teams are shown, and one to four people are in teams that are too small to be, the difference would
        be theirs: the numbers of everybody are nan there and ``note`` says so.
    """
    own = table["team"] != EVERYBODY
    counted = table.assign(
        _all=0,
        _hidden=table["n"].where(own & (table["n"] < FEWEST_LABELERS), 0),
        _shown=(own & table["value"].notna()).astype(int),
    )
    together = counted.groupby(["_all", *beside], dropna=False)
    hidden, shown = (together[name].transform("sum") for name in ("_hidden", "_shown"))
    refused = (~own & (shown > 0) & hidden.between(1, FEWEST_LABELERS - 1)).to_numpy(bool)
    if not refused.any():
        return table
    found = table.copy()
    found.loc[refused, [name for name in _NUMBERS if name in found]] = np.nan
    why = f"people in teams that are not shown; working time is shown for {FEWEST_LABELERS} or more"
    found.loc[refused, "note"] = [f"too few: {int(people)} {why}" for people in hidden[refused]]
    return found
