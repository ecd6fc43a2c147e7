"""Which parts of a whole are not shown, so that nobody can work out by difference what one or two people did."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from smo_reports.analyses.small_cells import FEWEST_SHOWN

Bools = npt.NDArray[np.bool_]


def hidden_parts(people: npt.ArrayLike, size: npt.ArrayLike) -> Bools:
    """Parts of one whole whose numbers are left out.

    A part of one or two people is hidden. Where it is the only one, what it holds is the whole less all the others, so
    the smallest of those goes with it.

    Parameters
    ----------
    people : array_like of int, shape (parts,)
        Who stands behind each part; a part of nobody holds nothing, and shows nothing.
    size : array_like of float, shape (parts,)
        What the parts add up to the whole in; of parts of one size the first goes.

    Returns
    -------
    ndarray of bool, shape (parts,)

    References
    ----------
    Hundepool et al. (2012), Statistical Disclosure Control, ch. 4 (secondary cell suppression).

    Examples
    --------
    >>> hidden_parts([9, 1, 5], [40, 3, 12]).tolist(), hidden_parts([9, 1, 2], [40, 3, 2]).tolist()
    ([False, True, True], [False, True, True])
    """
    behind, sizes = np.asarray(people, float), np.asarray(size, float)
    hidden: Bools = behind < FEWEST_SHOWN
    told = ~hidden & (sizes > 0)
    if int((hidden & (behind > 0)).sum()) == 1 and told.any():
        hidden[np.flatnonzero(told)[np.argmin(sizes[told])]] = True
    return hidden
