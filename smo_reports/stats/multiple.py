"""Several tests at once: which of them hold if not even one may be wrong by chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def holm(chances: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Chances adjusted so that those below a level hold together, at that level.

    Parameters
    ----------
    chances : array_like of float, shape (n,), in [0, 1]

    Returns
    -------
    ndarray, shape (n,)
        In the order given; at most 1.

    References
    ----------
    Holm (1979), Scandinavian J. Statistics 6:65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, 0.005]).tolist()  # 4 · .005, 3 · .01, 2 · .03, and no less than that
    [0.03, 0.06, 0.06, 0.02]
    """
    given = np.asarray(chances, float)
    order = np.argsort(given, kind="stable")
    raised = np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1))
    found = np.empty(len(given))
    found[order] = np.minimum(raised, 1.0)
    return found
