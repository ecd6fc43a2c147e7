"""Agreement of several labelers on the same items, from labels in long form: one entry a label given.

Every function takes equal-length columns (lists, tuples, numpy arrays, pandas or pyarrow columns) of any hashable
values and gives an :class:`Agreement`: the value, its interval over items, and what it was made from. Entries with a
missing value (None, nan, NaT, NA) are no labels and are left out. Where the items with two labels or more show one
label only, a coefficient is undefined (nan): agreement that could not have failed is no agreement.

Time and memory are linear in the labels given, whatever the number of different labels and of people is. To make
several coefficients of the same labels, tally them once and ask :mod:`smo_reports.stats.coefficients`.

Examples
--------
>>> item, label = [1, 1, 2, 2, 3, 3], ["yes", "yes", "no", "no", "yes", "no"]
>>> round(krippendorff_alpha(item, label).value, 4), round(raw_agreement(item, label).value, 4)
(0.4444, 0.6667)
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from smo_reports.stats.codes import coded
from smo_reports.stats.coefficients import Agreement, alpha, gwet, kappa, raw
from smo_reports.stats.distances import Nominal, Weights, distance_of
from smo_reports.stats.item_tally import ItemTally
from smo_reports.stats.pairs import cohen, conger
from smo_reports.stats.recoded import among, complete, together

__all__ = [
    "Agreement",
    "cohen_kappa",
    "conger_kappa",
    "fleiss_kappa",
    "gwet_ac1",
    "gwet_ac2",
    "krippendorff_alpha",
    "raw_agreement",
]

Level = Literal["nominal", "ordinal", "interval"]
Order = Sequence[Hashable]


def raw_agreement(item: Any, label: Any, *, confidence: float = 0.95) -> Agreement:
    """Mean over items of the share of equal pairs of labels.

    Parameters
    ----------
    item, label : array_like, same length, of hashable values
    confidence : float
        Of the interval: Student's over items, cut to [0, 1].

    Examples
    --------
    >>> raw_agreement([1, 1, 1, 2, 2], list("aabaa")).value.__round__(4)
    0.6667
    """
    return raw(ItemTally.alike(item, label), confidence)


def krippendorff_alpha(
    item: Any, label: Any, level: Level = "nominal", *, order: Order | None = None, confidence: float = 0.95
) -> Agreement:
    """Krippendorff's alpha.

    Parameters
    ----------
    item, label : array_like, same length, of hashable values
    level : {"nominal", "ordinal", "interval"}
        What the labels are: names; ranks, of which only the order counts; or numbers, whose differences do.
    order : sequence, optional
        Every label, lowest first, where labels with an order are no numbers; at the interval level they count as
        equally far apart.
    confidence : float
        Of the interval, linearised over the items with two labels or more (Gwet 2014, as irrCAC has it).

    Returns
    -------
    Agreement
        Undefined where the items with two labels show one label only; without an interval below ten such items.

    Raises
    ------
    ValueError
        Where labels of an ordinal or interval level are no numbers and no order is given, or one is not in it.

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.
    """
    if level not in ("nominal", "ordinal", "interval"):
        raise ValueError(f"level {level!r}; it is nominal, ordinal or interval")
    tally = _ordered(ItemTally.alike(item, label), order)
    if level == "nominal":
        return alpha(tally, Nominal(), confidence)
    far = distance_of("quadratic", tally.labels, ranked=order is not None)
    return alpha(tally, None if level == "ordinal" else far, confidence)


def fleiss_kappa(item: Any, label: Any, *, confidence: float = 0.95) -> Agreement:
    """Fleiss' kappa, where items may have different numbers of labels.

    Chance is the square of each label's mean share of the items, those with one label among them; agreement is the
    mean share of equal pairs of the others. Where every item has the same number of labels it is Fleiss' own.

    Parameters
    ----------
    item, label : array_like, same length, of hashable values
    confidence : float

    References
    ----------
    Fleiss (1971), Psychological Bulletin 76:378-382; Gwet (2014), chapter 2 (``fleiss.kappa.raw`` of irrCAC).
    """
    return kappa(ItemTally.alike(item, label), confidence)


def gwet_ac1(item: Any, label: Any, *, labels: Order | None = None, confidence: float = 0.95) -> Agreement:
    """Gwet's AC1: agreement above chance that does not collapse where nearly all items are alike.

    Parameters
    ----------
    item, label : array_like, same length, of hashable values
    labels : sequence, optional
        Every label that could have been given. Chance depends on how many there are; default: those that were given.
    confidence : float

    Examples
    --------
    Two people agree on 90 of 100 items, all the same label: kappa is below nothing, AC1 is not (the kappa paradox).

    >>> item = [*range(100), *range(100)]
    >>> label = [*("y" * 95 + "n" * 5), *("y" * 90 + "n" * 5 + "y" * 5)]
    >>> round(gwet_ac1(item, label).value, 4), round(fleiss_kappa(item, label).value, 4)
    (0.8895, -0.0526)

    References
    ----------
    Gwet (2008), British Journal of Mathematical and Statistical Psychology 61:29-48.
    """
    return gwet(_ordered(ItemTally.alike(item, label), labels), Nominal(), confidence)


def gwet_ac2(
    item: Any,
    label: Any,
    weights: Weights | npt.ArrayLike = "quadratic",
    *,
    order: Order | None = None,
    confidence: float = 0.95,
) -> Agreement:
    """Gwet's AC2: AC1 where labels that lie near each other agree in part.

    Parameters
    ----------
    item, label : array_like, same length, of hashable values
    weights : {"linear", "quadratic", "ordinal"} or array_like, shape (labels, labels)
        How two labels agree: by their difference, its square, or the pairs of labels that lie between them; or the
        agreement itself: 1 of a label with itself, less with others, the same both ways, in the labels' order.
    order : sequence, optional
        Every label that could have been given, lowest first; needed where labels are no numbers. The largest
        difference, and chance, are taken over all of them; default: the numbers that were given.
    confidence : float

    Raises
    ------
    ValueError
        Where labels are no numbers and no order is given, or the weights are none.

    References
    ----------
    Gwet (2014), chapters 3 and 5.
    """
    tally = _ordered(ItemTally.alike(item, label), order)
    return gwet(tally, distance_of(weights, tally.labels, ranked=order is not None), confidence)


def conger_kappa(item: Any, labeler: Any, label: Any, *, confidence: float = 0.95) -> Agreement:
    """Conger's kappa: chance is that two different people's labels, each drawn from that person's own, are equal.

    Parameters
    ----------
    item, labeler, label : array_like, same length, of hashable values
    confidence : float

    Raises
    ------
    ValueError
        Where a labeler gave one item two labels.

    References
    ----------
    Conger (1980), Psychological Bulletin 88:322-328; Gwet (2014), chapters 2 and 5.
    """
    items, labelers, labels = complete(
        item=coded(item, "item", in_order=False), labeler=coded(labeler, "labeler"), label=coded(label, "label")
    )
    return conger(items, labelers, labels, confidence)


def cohen_kappa(
    first: Any,
    second: Any,
    weights: Weights | npt.ArrayLike | None = None,
    *,
    order: Order | None = None,
    confidence: float = 0.95,
) -> Agreement:
    """Cohen's kappa of two people's labels of the same items, plain or weighted.

    Parameters
    ----------
    first, second : array_like, same length, of hashable values
        Both labels of each item; items of which one is missing are left out.
    weights : None, {"linear", "quadratic", "ordinal"} or array_like, shape (labels, labels)
        As of :func:`gwet_ac2`; None counts equal labels only.
    order : sequence, optional
        Every label, lowest first; needed for named weights where labels are no numbers.
    confidence : float

    Examples
    --------
    >>> round(cohen_kappa(list("yyynnnyyyn"), list("yynnnnyyyy")).value, 4)
    0.5833
    """
    one, other = together(*complete(first=coded(first, "first"), second=coded(second, "second")))
    if order is not None:
        one, other = among(one, order), among(other, order)
    return cohen(one, other, distance_of(weights, one.values, ranked=order is not None), np.ones(len(one)), confidence)


def _ordered(tally: ItemTally, order: Order | None) -> ItemTally:
    return tally if order is None else tally.among(order)
