"""Small cells: a number that one or two people made is theirs, and is not for everybody."""

from __future__ import annotations

import math
import re

import pandas as pd

FEWEST_SHOWN = 3
"""Of two people each knows the other's figures from the sum."""

_PEOPLE = re.compile(r"too few: .* of (\d+) (?:labelers|auditors);")


def without_small_cells(table: pd.DataFrame) -> pd.DataFrame:
    """The same estimates, without the numbers of fewer than three people.

    Parameters
    ----------
    table : DataFrame
        Estimates that are not split by person; how many people are behind one stands in its note.

    Returns
    -------
    DataFrame
        ``value, low, high`` are nan, and the note says why, where too few people stand behind a number.
    """
    found = table["note"].astype(str).str.extract(_PEOPLE, expand=False)
    hidden = pd.to_numeric(found, errors="coerce").between(1, FEWEST_SHOWN - 1)
    if not hidden.any():
        return table
    shown = table.copy()
    shown.loc[hidden, ["value", "low", "high"]] = math.nan
    shown.loc[hidden, "note"] = [
        f"too few: {people} people; figures are shown of {FEWEST_SHOWN} or more" for people in found[hidden]
    ]
    return shown
