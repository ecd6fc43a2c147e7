"""What closing a gap could bring: all that the pair costs, or what it costs beyond what other pairs do."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.pairs import Pairs, Rowwise, of_pair, said_either
from smo_reports.kpis.assemble import LEVEL
from smo_reports.kpis.kinds import Kinds
from smo_reports.stats.intervals import student_quantile
from smo_reports.stats.sums import sums

Floats = npt.NDArray[np.float64]
_FEWEST_COMPARED = 3
_FEWEST_SAID = 20
_FEWEST_LABELERS = 5
_FEWEST_HELD_AGAINST = 100
"""Audits of the compared pairs together: in trials, of 60 an interval held the truth in 90 %, and of 100 in 95 %."""


@dataclass(frozen=True)
class Gain:
    """Points of accuracy that closing a gap could bring, under an assumption; as shares, with the interval's ends."""

    value: float
    low: float
    high: float


def gain_at_usual_rate(found: Pairs, key: Mapping[str, Any]) -> tuple[Gain, float]:
    """What a pair costs beyond what it would if it were confused as often as other pairs are.

    The rate of the others is a median of few and of few audits each, and as unsure as the cost is: the interval is of
    the difference, by leaving out one labeler at a time, and so for labelers like these.

    Parameters
    ----------
    found : Pairs
    key : mapping
        ``policy`` where there are policies, ``a``, ``b``.

    Returns
    -------
    gain : Gain
        At least 0; nan where there are fewer than three pairs to compare with, and without an interval where those have
        fewer than a hundred audits together, or fewer than five labelers were audited.
    usual : float
        How often the others are confused: the median of those with twenty audits or more that said either label. Pairs
        that nobody confused are not among them, which makes it larger, and the gain smaller.

    References
    ----------
    Shao & Tu (1995), The Jackknife and Bootstrap, ch. 1-2 (leaving out one independent group).
    """
    nothing = Gain(np.nan, np.nan, np.nan)
    others = compared_pairs(found.pairs, key)
    if found.found is None or len(others) < _FEWEST_COMPARED:
        return nothing, np.nan
    names = found.keys
    every = [dict(key), *({name: row[name] for name in names} for row in others.to_dict("records"))]
    hits = np.stack([_weights(found.found, of_pair(found.found, one)) for one in every])
    said = np.stack([_weights(found.found, said_either(found.found, one)) for one in every])
    whole = _weights(found.found, np.ones(len(found.found.rows), bool))
    value, usual = (float(part) for part in _beyond(hits.sum(1), said.sum(1), whole.sum()))
    people = len(whole)
    if people < _FEWEST_LABELERS or float(others["said_n"].sum()) < _FEWEST_HELD_AGAINST:
        return Gain(max(value, 0.0), np.nan, np.nan), usual
    left, _ = _beyond(hits.sum(1)[:, None] - hits, said.sum(1)[:, None] - said, whole.sum() - whole)
    # Without the only labeler of a compared pair it has no rate: nothing is learnt of the spread from that.
    error = float(np.sqrt((people - 1) / people * np.nansum((left - np.nanmean(left)) ** 2)))
    half = float(student_quantile(np.array(people - 1.0), LEVEL)) * error
    return Gain(*(max(end, 0.0) for end in (value, value - half, value + half))), usual


def compared_pairs(pairs: pd.DataFrame, key: Mapping[str, Any]) -> pd.DataFrame:
    """The other pairs that a pair is held against: shown, and with twenty audits or more that said either label."""
    others = pairs[(pairs["said_n"] >= _FEWEST_SAID) & pairs["rate"].notna()]
    return others.drop(index=own_rows(others, key).index)


def own_rows(table: pd.DataFrame, key: Mapping[Hashable, Any] | Mapping[str, Any]) -> pd.DataFrame:
    """The rows of a pair; a missing policy is one of its own."""
    for name, value in key.items():
        table = table[table[name].isna() if pd.isna(value) else table[name] == value]
    return table


def _weights(found: Kinds, kept: Rowwise) -> Floats:
    """What each labeler's audits of a kind stand for, shape (labelers,)."""
    code, names = pd.factorize(found.rows["labeler_id"], use_na_sentinel=False)
    weight = found.rows["w"].to_numpy(float) * kept
    return sums(np.asarray(code, np.intp), weight, len(names))


def _beyond(hits: Floats, said: Floats, whole: Floats) -> tuple[Floats, Floats]:
    """The first pair's cost beyond the median rate of the others, and that rate; pairs in rows."""
    rates = np.divide(hits[1:], said[1:], out=np.full(np.shape(hits[1:]), np.nan), where=said[1:] > 0)
    usual = np.median(rates, axis=0)
    share = np.divide(hits[0] - said[0] * usual, whole, out=np.full(np.shape(usual), np.nan), where=whole > 0)
    return share, usual
