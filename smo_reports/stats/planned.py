"""How many rows would tell a difference that is suspected."""

from __future__ import annotations

import math

from scipy import stats as _distributions


def rows_to_tell(share: float, difference: float, power: float = 0.8, level: float = 0.95) -> float:
    """Rows needed in each of two samples to tell two shares that differ by so much.

    Parameters
    ----------
    share : float in [0, 1]
        Between the two.
    difference : float
        Of the two shares.
    power, level : float
        The chance of telling them, and the level of the interval that does.

    Returns
    -------
    float
        A whole number; infinite where there is no difference. Rows that resemble each other are worth less.

    References
    ----------
    Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, eq. 4.14 (without continuity).

    Examples
    --------
    >>> rows_to_tell(0.5, 0.1)  # (1.959964 + 0.841621)² · 2 · .25 / .01
    393
    """
    if difference == 0:
        return math.inf
    quantiles = float(_distributions.norm.ppf((1 + level) / 2)) + float(_distributions.norm.ppf(power))
    return math.ceil(quantiles**2 * 2 * share * (1 - share) / difference**2)
