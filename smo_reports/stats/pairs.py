"""Agreement where it matters who gave a label: Cohen's kappa of two, and Conger's of many.

References
----------
Cohen (1960), Educational and Psychological Measurement 20:37-46; Cohen (1968), Psychological Bulletin 70:213-220.
Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72:323-327 (the variance).
Conger (1980), Psychological Bulletin 88:322-328; Gwet (2014), Handbook of Inter-Rater Reliability, chapters 2 and 5.
"""

from __future__ import annotations

import numpy as np

from smo_reports.stats.codes import Coded
from smo_reports.stats.coefficients import FEWEST_ITEMS, Agreement, corrected, varies
from smo_reports.stats.distances import Distance, Nominal
from smo_reports.stats.intervals import Floats, student_quantile
from smo_reports.stats.item_tally import ItemTally
from smo_reports.stats.recoded import compact, used_pairs
from smo_reports.stats.sums import sums


def cohen(first: Coded, second: Coded, distance: Distance, count: Floats, confidence: float = 0.95) -> Agreement:
    """Cohen's kappa of two columns with the same values; see ``agreement.cohen_kappa``.

    Parameters
    ----------
    first, second : Coded, with the same values and nothing missing
    distance : Distance
    count : ndarray, shape (n,)
        How many items each entry stands for.
    confidence : float
    """
    items, labels = float(count.sum()), len(first.values)
    margins = [sums(one.codes.astype(np.intp), count, labels) / items for one in (first, second)]
    used = np.count_nonzero(margins[0] + margins[1])
    if used < 2:
        return Agreement(*(np.nan,) * 4, round(items), np.nan, np.nan)
    apart = distance.between(first.codes, second.codes) / distance.largest
    reach = [distance.against(one) / distance.largest for one in margins]
    seen, chance = float(count @ apart) / items, float(margins[0] @ reach[1])
    if chance <= 0:
        return Agreement(*(np.nan,) * 4, round(items), 1 - seen, np.nan)
    ratio = seen / chance
    moved = (apart - ratio * (reach[1][first.codes] + reach[0][second.codes] - chance)) / chance
    error = float(np.sqrt(count @ moved**2 / (items * (items - 1)))) if items > 1 else np.nan
    half = float(student_quantile(items - 1, confidence)) * error if items >= FEWEST_ITEMS else np.nan
    return Agreement(1 - ratio, 1 - ratio - half, min(1 - ratio + half, 1.0), error, round(items), 1 - seen, 1 - chance)


def conger(item: Coded, labeler: Coded, label: Coded, confidence: float = 0.95) -> Agreement:
    """Conger's kappa of three columns with nothing missing; see ``agreement.conger_kappa``.

    Raises
    ------
    ValueError
        Where a labeler gave one item two labels.
    """
    labeler, label = compact(labeler), compact(label)
    people, labels = len(labeler.values), len(label.values)
    _refuse_repeats(item, labeler)
    tally = ItemTally.of(item.codes, label.codes)
    if people < 2 or not varies(tally):
        return Agreement(*(np.nan,) * 4, tally.pairable.items, np.nan, np.nan)
    column, used = used_pairs(labeler.codes, label.codes, labels)
    whose = used // labels
    given = sums(labeler.codes.astype(np.intp), np.ones(len(item)), people)
    share = np.bincount(column) / given[whose]
    others = sums(used % labels, share, labels)[used % labels] - share
    meeting = sums(whose, share * others, people)
    ordered = people * (people - 1)
    # Each label moves its labeler's shares, and with them the chance of meeting the others'.
    moved = tally.items / given[whose] * (others - meeting[whose])
    place = np.zeros(len(item.values), np.intp)
    place[tally.item_code] = np.arange(tally.items)
    own = (meeting.sum() + sums(place[item.codes], moved[column], tally.items)) / ordered
    return corrected(tally, Nominal(), float(meeting.sum()) / ordered, own, confidence)


def _refuse_repeats(item: Coded, labeler: Coded) -> None:
    key = np.sort(item.codes.astype(np.int64) * len(labeler.values) + labeler.codes)
    twice = np.flatnonzero(key[1:] == key[:-1])
    if len(twice):
        at, who = divmod(int(key[twice[0]]), len(labeler.values))
        raise ValueError(
            f"labeler {labeler.values[who]!r} labelled item {item.values[at]!r} twice; "
            "Conger's kappa compares people, so keep one label of each"
        )
