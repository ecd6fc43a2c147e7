"""Sums within groups."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def sums(codes: npt.NDArray[np.intp], values: npt.ArrayLike, groups: int = 0) -> npt.NDArray[np.float64]:
    """Sum values within groups.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Each value's group, from 0.
    values : array_like of float, shape (n,)
    groups : int
        How many groups there are at least; those without a value sum to 0.

    Returns
    -------
    ndarray of float, shape (groups,)
        Of floats also where there is nothing to sum, for which numpy's ``bincount`` gives integers.

    Examples
    --------
    >>> sums(np.array([0, 2, 2]), [1, 2, 3], 4).tolist()
    [1.0, 0.0, 5.0, 0.0]
    >>> sums(np.array([], np.intp), [], 2).tolist()
    [0.0, 0.0]
    """
    return np.bincount(codes, np.asarray(values, float), groups).astype(float)


def inner(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Sum the products of two long arrays.

    Parameters
    ----------
    one, other : ndarray of float, shape (n,)

    Notes
    -----
    Not ``one @ other``: from some ten thousand values on that wakes the threads of OpenBLAS, which wait busily for more
    to do and so cost a hundred times what the sum does.

    Examples
    --------
    >>> inner(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    11.0
    >>> inner(np.array([]), np.array([]))
    0.0
    """
    return float(np.einsum("i,i", one, other))
