"""A share as it would be if auditors, or gold answers, were never wrong, with what is unknown of both.

What auditors get wrong must come from a second auditor's *blind* re-audit of audits drawn *at random*. Disputes are
raised by people who think that the auditor was wrong, and never tell how often auditors are.

Every part is an estimate with its interval, from whatever sampling: value, low and high, all at one confidence level.
The interval of the corrected share takes each part to its ends while the others stay, and adds the squares of what that
does (the method of variance estimates recovery). Parts are taken to be independent of each other.

References
----------
Rogan & Gladen (1978), American J. Epidemiology 107:71-76; Lang & Reiczigel (2014), Preventive Veterinary Medicine
113:13-22 (intervals with uncertain sensitivity and specificity); Tenenbein (1970), JASA 65:1350-1361 (double sampling);
Zou & Donner (2008), Statistics in Medicine 27:1693-1702 (recovery of variance estimates).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Estimate = tuple[float, float, float]
"""Value, low and high; a part that is known for sure has all three the same."""

_BLIND = "re-audits are blind and of audits drawn at random, never disputes"


@dataclass(frozen=True)
class Corrected:
    """A corrected share.

    Attributes
    ----------
    value, low, high : float
        In [0, 1]; nan where the correction is not identified. The ends are nan also where a part's are, and where the
        whole interval lies outside: an interval without width would claim to be sure.
    assumptions : tuple of str
        What has to be true for it.
    note : str
        Why it is not identified, or that it was cut to [0, 1]; empty where there is nothing to say.
    """

    value: float
    low: float
    high: float
    assumptions: tuple[str, ...]
    note: str = ""


def gold_corrected(observed: Estimate, gold: Estimate) -> Corrected:
    """The share of right answers behind the share that matches gold answers, some of which are wrong.

    (observed - (1 - g)) / (2 g - 1), where g is the share of right gold answers.

    Parameters
    ----------
    observed, gold : (value, low, high), in [0, 1]

    Returns
    -------
    Corrected
        nan where gold answers are right half of the time or less.

    Examples
    --------
    >>> found = gold_corrected((0.93, 0.91, 0.945), (0.97, 0.95, 0.98))
    >>> print(f"{found.value:.4f} {found.low:.4f} {found.high:.4f}")
    0.9574 0.9341 0.9833
    """
    assumptions = (
        "two answers, right or wrong",
        "gold is wrong as often where the labeler is right as where the labeler is wrong, independently of them",
        "the share of right gold answers is of gold like this gold",
    )
    found = _propagated(lambda share, g: (share + g - 1) / (2 * g - 1), (observed, gold), lambda share, g: 2 * g - 1)
    return _result(found, assumptions, "gold answers are not right more often than wrong")


def auditor_corrected(observed: Estimate, sensitivity: Estimate, specificity: Estimate) -> Corrected:
    """The share of right decisions behind the share that auditors call right (Rogan and Gladen).

    (observed - (1 - sensitivity)) / (sensitivity + specificity - 1)

    Parameters
    ----------
    observed : (value, low, high), in [0, 1]
        Share of decisions that auditors call right.
    sensitivity : (value, low, high), in [0, 1]
        Share of the wrong decisions that auditors call wrong.
    specificity : (value, low, high), in [0, 1]
        Share of the right decisions that auditors call right.

    Returns
    -------
    Corrected
        nan where auditors tell wrong from right no better than a coin.

    Examples
    --------
    >>> found = auditor_corrected((0.93, 0.91, 0.945), (0.9, 0.8, 0.95), (0.99, 0.98, 0.995))
    >>> print(f"{found.value:.4f} {found.low:.4f} {found.high:.4f}")
    0.9326 0.9080 0.9528
    """
    assumptions = (
        "auditors find errors, and raise false alarms, as often here as where that was measured",
        "what they were measured against is the truth",
        _BLIND,
    )
    found = _propagated(
        lambda share, finds, spares: (share + finds - 1) / (finds + spares - 1),
        (observed, sensitivity, specificity),
        lambda share, finds, spares: finds + spares - 1,
    )
    return _result(found, assumptions, "auditors do not tell wrong decisions from right ones")


def reaudit_corrected(observed: Estimate, upheld: Estimate, cleared: Estimate) -> Corrected:
    """The share of right decisions, from what re-audits say of each of the auditors' two verdicts.

    observed · upheld + (1 - observed) · cleared. It is always identified, and needs no more of the first auditors than
    that their verdict was re-audited at random: right and wrong ones at different rates, if one likes.

    Parameters
    ----------
    observed : (value, low, high), in [0, 1]
        Share of decisions that auditors call right.
    upheld : (value, low, high), in [0, 1]
        Of re-audited decisions that were called right, the share that the re-audit calls right.
    cleared : (value, low, high), in [0, 1]
        Of re-audited decisions that were called wrong, the share that the re-audit calls right.

    Examples
    --------
    >>> found = reaudit_corrected((0.93, 0.91, 0.945), (0.98, 0.95, 0.99), (0.1, 0.05, 0.2))
    >>> print(f"{found.value:.4f} {found.low:.4f} {found.high:.4f}")
    0.9184 0.8852 0.9360
    """
    found = _propagated(
        lambda share, right, wrong: share * right + (1 - share) * wrong, (observed, upheld, cleared), lambda *_: 1.0
    )
    return _result(found, ("the re-audit is right", _BLIND), "")


def auditor_accuracy(agreement: Estimate) -> Estimate:
    """How often auditors are right, from how often two of them agree: (1 + √(2 agreement - 1)) / 2.

    For :func:`gold_corrected`, where nobody's word is the truth: an auditor's verdict is then what gold is there. Both
    auditors are taken to be right equally often, on right and on wrong decisions, and to err independently; where both
    fail on the same hard decisions, they agree without being right and this is too high.

    Parameters
    ----------
    agreement : (value, low, high), in [0, 1]
        Share of blind re-audits, drawn at random, with the first audit's verdict.

    Returns
    -------
    value, low, high : float
        nan where auditors agree half of the time or less; a low end below that is one half.

    Examples
    --------
    >>> print("%.4f %.4f %.4f" % auditor_accuracy((0.9418, 0.92, 0.96)))
    0.9700 0.9583 0.9796
    """
    value, low, high = agreement
    if not value > 0.5:
        return math.nan, math.nan, math.nan
    return tuple((1 + math.sqrt(max(2 * part - 1, 0.0))) / 2 for part in (value, low, high))  # type: ignore[return-value]


def _propagated(
    formula: Callable[..., float], parts: tuple[Estimate, ...], identified: Callable[..., float]
) -> Estimate | None:
    """A formula of independent estimates, which is monotone in each; None where it is not identified."""
    values = [value for value, _, _ in parts]
    if any(math.isnan(value) for value in values):
        return math.nan, math.nan, math.nan
    if not identified(*values) > 0:
        return None
    value = formula(*values)
    down = up = 0.0
    for at, (_, low, high) in enumerate(parts):
        if math.isnan(low) or math.isnan(high):
            return value, math.nan, math.nan
        moved = []
        for end in (low, high):
            others = [*values[:at], end, *values[at + 1 :]]
            if not identified(*others) > 0:
                return value, -math.inf, math.inf
            moved.append(formula(*others) - value)
        down, up = math.hypot(down, min(*moved, 0.0)), math.hypot(up, max(*moved, 0.0))
    return value, value - down, value + up


def _result(found: Estimate | None, assumptions: tuple[str, ...], why: str) -> Corrected:
    if found is None:
        return Corrected(math.nan, math.nan, math.nan, assumptions, f"not identified: {why}")
    value, low, high = found
    if low > 1 or high < 0:
        note = f"the parts contradict the assumptions: the correction gave {value:.4f}, {low:.4f} to {high:.4f}"
        return Corrected(_cut(value), math.nan, math.nan, assumptions, note)
    note = ""
    if math.isinf(low):
        note = f"the interval is open: it may be that {why}"
    elif not 0 <= value <= 1 and not math.isnan(value):
        note = f"cut to [0, 1]: the correction gave {value:.4f}"
    return Corrected(_cut(value), _cut(low), _cut(high), assumptions, note)


def _cut(share: float) -> float:
    return share if math.isnan(share) else min(max(share, 0.0), 1.0)
