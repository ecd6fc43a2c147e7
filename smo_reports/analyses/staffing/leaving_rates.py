"""At what rate people leave, by how long they have been there: of the team, never of a person."""

from __future__ import annotations

import numpy as np
import pandas as pd

from smo_reports.stats.attrition import Attrition

_WEEKS_A_YEAR = 365.2425 / 7
_FEWEST_WEEKS = 5 * 13.0


def leaving_rates(found: Attrition | None) -> pd.DataFrame:
    """The share of people that would leave within a year at the rate of each band of tenure.

    Parameters
    ----------
    found : Attrition or None

    Returns
    -------
    DataFrame
        ``from_week, to_week`` (infinite in the last band), ``left, weeks`` (of people watched), ``value, low, high``,
        shares of 1; no rows where nothing is known. A band in which people were watched for less than five quarters
        of a year together has no numbers: they would be of a person or two.
    """
    names = ["from_week", "to_week", "left", "weeks", "value", "low", "high"]
    if found is None:
        return pd.DataFrame(columns=names)
    yearly = {name: 1 - np.exp(-_WEEKS_A_YEAR * getattr(found, name)) for name in ("rate", "low", "high")}
    table = {
        "from_week": found.edges,
        "to_week": np.append(found.edges[1:], np.inf),
        "left": found.left,
        "weeks": found.exposure,
        "value": yearly["rate"],
        "low": yearly["low"],
        "high": yearly["high"],
    }
    rates = pd.DataFrame(table)[names].astype(float)
    rates.loc[rates["weeks"] < _FEWEST_WEEKS, ["left", "weeks", "value", "low", "high"]] = np.nan
    return rates
