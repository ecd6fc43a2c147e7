"""Two ratios of Poisson tails that every waiting formula is made of, without overflow at any load.

With p(s, a) = aˢ e⁻ᵃ / Γ(s + 1), Erlang's loss probability B(s, a) has the odds p / Q(s, a), where Q and P are the
upper and the lower regularised incomplete gamma function; fractions of a server are nothing special to them.

References
----------
Jagers & van Doorn (1986), Operations Research Letters 5:167-172 (a fraction of a server); Loader (2000), "Fast and
accurate computation of binomial probabilities" (p without cancellation); DLMF 8.9.1-8.9.2 (continued fractions).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

_FAR = 8.0
"""Standard deviations beyond which a tail is a continued fraction: the functions' own digits run out there."""
_DEPTH = 40
_NOBODY = 1e-100
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
_LARGE = 10.0
_ODD = tuple(2 / (2 * k + 1) for k in range(1, 9))


def log_mass(s: Floats, a: Floats) -> Floats:
    """Logarithm of aˢ e⁻ᵃ / Γ(s + 1), to its last digits however large both are; s >= 0, a > 0, same shape."""
    large = s >= _LARGE
    if large.all():
        return _log_mass_large(s, a)
    made = np.asarray(special.xlogy(s, a) - a - special.gammaln(s + 1), float)
    if large.any():
        made[large] = _log_mass_large(s[large], a[large])
    return made


def _log_mass_large(s: Floats, a: Floats) -> Floats:
    square = 1 / (s * s)
    stirling = np.zeros_like(s)
    for term in reversed(_STIRLING):
        stirling = stirling * square + term
    apart = (s - a) / (s + a)
    near = np.abs(apart) < 0.1
    # s log(s / a) + a - s cancels where s and a are close: there it is a series in their relative distance.
    ratio = np.zeros_like(s)
    small = apart * apart
    for term in reversed(_ODD):
        ratio = (ratio + term) * small
    deviance = (s - a) * apart + s * apart * ratio
    if not near.all():
        far = ~near
        deviance[far] = s[far] * np.log(s[far] / a[far]) + a[far] - s[far]
    return np.asarray(-deviance - stirling / s - 0.5 * np.log(2 * np.pi * s), float)


def log_upper(s: Floats, a: Floats) -> Floats:
    """Logarithm of Q(s, a) / p(s, a), the odds against being lost with ``s`` servers and ``a`` erlangs.

    Parameters
    ----------
    s, a : ndarray, same shape, s >= 0, a > 0

    Returns
    -------
    ndarray
        -inf where ``s`` is 0 or next to it: everything is lost.
    """
    few = (a > s + _FAR * np.sqrt(a)) | (s < _NOBODY)
    if not few.any():
        return np.asarray(np.log(special.gammaincc(s, a)) - log_mass(s, a), float)
    made = np.full_like(s, -np.inf)
    some = few & (s >= _NOBODY)
    made[some] = _upper_fraction(s[some], a[some])
    made[~few] = log_upper(s[~few], a[~few])
    return made


def _upper_fraction(s: Floats, a: Floats) -> Floats:
    """The same far beyond the servers' number, where Q has no digits left (DLMF 8.9.2, contracted)."""
    below = np.zeros_like(s)
    for k in range(_DEPTH, 0, -1):
        below = k * (k - s) / (a + 2 * k + 1 - s - below)
    return np.asarray(np.log(s / (a + 1 - s - below)), float)


def log_lower(x: Floats, y: Floats) -> Floats:
    """Logarithm of P(x, y) / p(x, y) = 1 + y / (x + 1) + y² / ((x + 1)(x + 2)) + …

    Parameters
    ----------
    x, y : ndarray, same shape, x > 0, y >= 0

    Returns
    -------
    ndarray, at least 0
    """
    few = y < np.maximum(x - _FAR * np.sqrt(x), x / 2)
    if not few.any():
        return np.asarray(np.log(special.gammainc(x, y)) - log_mass(x, y), float)
    made = np.empty_like(x)
    made[few] = _lower_fraction(x[few], y[few])
    made[~few] = log_lower(x[~few], y[~few])
    return made


def _lower_fraction(x: Floats, y: Floats) -> Floats:
    """The same where few arrive: a continued fraction in their number (DLMF 8.9.1)."""
    below = np.zeros_like(x)
    for k in range(_DEPTH, 0, -1):
        below = k * y / (x + 2 * k - (x + k) * y / (x + 2 * k + 1 + below))
    return np.asarray(-np.log1p(-y / (x + 1 + below)), float)
