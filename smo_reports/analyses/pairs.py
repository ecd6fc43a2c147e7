"""Pairs of labels that are taken for each other, by the accuracy that they cost.

A pair is of one policy, where decisions have one: the same two words may be told apart well in one guideline and badly
in another. What a pair costs is a share of *all* decisions, so that the pairs add up to the accuracy that is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.hidden_parts import hidden_parts
from smo_reports.analyses.label_sets import mentions, with_apart
from smo_reports.kpis.assemble import LEVEL
from smo_reports.kpis.kinds import Kinds, kinds
from smo_reports.kpis.tally import columns, random_audits
from smo_reports.sources import Rows
from smo_reports.stats.difference import difference_interval
from smo_reports.stats.sampling import cluster_interval, design_interval

Rowwise = npt.NDArray[np.bool_]
"""Yes or no for each of the rows that were counted."""

NEEDS = ("correct", "purpose", "labeler_id", "label", "audit_label")
SHARES = ("lost", "low", "high")
_CHANGES = ("before", "change", "change_low", "change_high")
_RATES = ("rate", "rate_low", "rate_high")
_COUNTS = ("n", "said_n", "labelers")
_OF_PAIR = ("a", "b", *_COUNTS, *SHARES, "of_errors", *_RATES, *_CHANGES)
_OF_DIRECTION = ("a", "b", "given", "truth", "n", *SHARES, "of_errors")


@dataclass(frozen=True)
class Pairs:
    """Confused pairs of labels.

    Attributes
    ----------
    pairs : DataFrame
        One row a pair, the costliest first:

        * ``policy`` where decisions have one; ``a, b`` in alphabetical order (``a`` is empty where labels were added
          or left out in decisions of several);
        * ``n`` errors of the pair among the random audits; ``said_n`` audits in which labeler or auditor said either
          label, of ``labelers`` people;
        * ``lost, low, high``: share of all decisions of the period, so points of accuracy, and its interval of this
          period's work; ``of_errors``, the share of all errors;
        * ``rate, rate_low, rate_high``: share confused of the decisions in which either was said;
        * ``before``, ``change, change_low, change_high``: the cost in the period before, and what has come since, for
          labelers like these; nan without a period before.
    directions : DataFrame
        One row a direction: ``policy, a, b, given`` where ``truth`` was right, ``n, lost, low, high, of_errors``.
    audits, errors : int
        Random audits with a verdict, and those of them that found an error.
    paired : int
        Errors that are in a pair: of the others nobody said what was right, or the labels are the same.
    found : Kinds
        What they were made from.
    missing : str
        What the rows lack, where nothing can be said.
    """

    pairs: pd.DataFrame
    directions: pd.DataFrame
    audits: int = 0
    errors: int = 0
    paired: int = 0
    found: Kinds | None = field(default=None, repr=False)
    missing: str = ""

    @property
    def keys(self) -> list[str]:
        """The columns that name a pair."""
        return [name for name in ("policy", "a", "b") if name in self.pairs]


def confused_pairs(rows: Rows, before: Rows | None = None) -> Pairs:
    """Pairs of labels by the accuracy that taking one for the other costs.

    Parameters
    ----------
    rows : Rows
    before : Rows, optional
        The period before.

    Returns
    -------
    Pairs
        Numbers of which fewer than three people stand behind are nan, and where that is one pair only, so are the next
        smallest's: it would be what all errors have beyond the others'. The order is by the estimate: the first of many
        looks a little worse than it is, so nothing should be promised beyond its interval's lower end.
    """
    have = columns(rows["audits"]) if "audits" in rows else set()
    missing = [name for name in NEEDS if name not in have]
    if missing:
        pairs, directions = (pd.DataFrame(columns=list(names)) for names in (_OF_PAIR, _OF_DIRECTION))
        return Pairs(pairs, directions, missing=f"audits.{', audits.'.join(missing)}")
    found = counted(rows)
    wrong, keys = _wrong(found), _keys(found)
    told = found.rows[wrong & found.rows["a"].notna().to_numpy(bool)]
    lines = [_pair(found, wrong, dict(key)) for key in _distinct(told, keys)]
    ways = [_direction(found, wrong, dict(key)) for key in _distinct(told, [*keys, "given", "truth"])]
    pairs = _without_small(pd.DataFrame(lines, columns=[*keys[:-2], *_OF_PAIR]))
    if before is not None and "audits" in before and {*NEEDS} <= columns(before["audits"]):
        pairs = _with_change(pairs, found, counted(before), keys)
    directions = pd.DataFrame(ways, columns=[*keys[:-2], *_OF_DIRECTION])
    pairs = pairs.sort_values(["lost", "n", *keys], ascending=[False, False, *([True] * len(keys))])
    hidden = directions.merge(pairs.loc[pairs["lost"].isna(), keys], on=keys, how="left", indicator=True)
    directions = directions.astype(dict.fromkeys(("n", *SHARES, "of_errors"), float))
    directions.loc[(hidden["_merge"] == "both").to_numpy(bool), ["n", *SHARES, "of_errors"]] = np.nan
    audits, errors = int(found.rows["n"].sum()), int(found.rows.loc[wrong, "n"].sum())
    return Pairs(pairs.reset_index(drop=True), directions, audits, errors, int(told["n"].sum()), found)


def counted(rows: Rows, more: Iterable[str] = ()) -> Kinds:
    """Random audits by verdict, labels, policy and labeler, with the pair that differs (``given, truth, a, b``).

    ``more`` are further columns to count by, as far as the rows have them.
    """
    wanted = ["policy", *more]
    audits = rows.with_columns("audits", wanted)
    have = columns(audits)
    judged = random_audits(audits).filter(~nw.col("correct").is_null())
    found = kinds(judged, ["correct", "label", "audit_label", *(name for name in wanted if name in have)])
    return Kinds(with_apart(found.rows), found.cells, found.population_known, found.unweighted)


def said_either(found: Kinds, key: dict[str, str]) -> Rowwise:
    """Which of the counted audits are ones in which labeler or auditor said either label of a pair."""
    either = mentions(found.rows["label"], (key["a"], key["b"]))
    either |= mentions(found.rows["audit_label"], (key["a"], key["b"]))
    return np.asarray(either, bool) & _where(found.rows, {name: key[name] for name in key if name == "policy"})


def of_pair(found: Kinds, key: dict[str, str]) -> Rowwise:
    """Which of the counted audits found an error of a pair."""
    return np.asarray(_wrong(found) & _where(found.rows, key))


def _where(table: pd.DataFrame, key: dict[str, str]) -> Rowwise:
    """Rows with all of a key's values; a missing value is one of its own."""
    kept = np.ones(len(table), bool)
    for name, value in key.items():
        own = table[name].isna() if pd.isna(value) else table[name] == value
        kept &= np.asarray(own, bool)
    return kept


def _wrong(found: Kinds) -> Rowwise:
    return np.asarray(~found.rows["correct"].to_numpy(bool))


def _keys(found: Kinds) -> list[str]:
    return [name for name in ("policy", "a", "b") if name in found.rows]


def _distinct(told: pd.DataFrame, keys: list[str]) -> list[dict[str, str]]:
    return [dict(zip(keys, row, strict=True)) for row in told[keys].drop_duplicates().itertuples(index=False)]


def _share(found: Kinds, hit: Rowwise, domain: Rowwise | None = None) -> tuple[float, float, float]:
    tallies = found.tallies(hit, domain)
    ends = design_interval(tallies, LEVEL)
    return float(tallies.share[0]), float(ends.low[0]), float(ends.high[0])


def _pair(found: Kinds, wrong: Rowwise, key: dict[str, str]) -> dict[str, object]:
    hit, said = of_pair(found, key), said_either(found, key)
    line: dict[str, object] = {**key, "labelers": found.rows.loc[said, "labeler_id"].nunique(dropna=False)}
    line |= {"n": int(found.rows.loc[hit, "n"].sum()), "said_n": int(found.rows.loc[said, "n"].sum())}
    line |= zip(SHARES, _share(found, hit), strict=True)
    line |= zip(_RATES, _share(found, hit, said), strict=True)
    return line | {"of_errors": float(found.tallies(hit, wrong).share[0])}


def _direction(found: Kinds, wrong: Rowwise, key: dict[str, str]) -> dict[str, object]:
    hit = of_pair(found, key)
    line: dict[str, object] = {**key, "n": int(found.rows.loc[hit, "n"].sum())}
    line |= zip(SHARES, _share(found, hit), strict=True)
    return line | {"of_errors": float(found.tallies(hit, wrong).share[0])}


def _without_small(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs without the numbers of few people: all pairs' errors are told, so one alone would be their rest."""
    hidden = hidden_parts(pairs["labelers"], pairs["n"])
    small = ["n", "said_n", *SHARES, "of_errors", *_RATES]
    pairs = pairs.astype(dict.fromkeys(small, float))
    pairs.loc[hidden, small] = np.nan
    return pairs


def _with_change(pairs: pd.DataFrame, now: Kinds, before: Kinds, keys: list[str]) -> pd.DataFrame:
    """Add the cost before, and the difference for labelers like these."""
    pairs = pairs.astype(dict.fromkeys(_CHANGES, float))
    if not len(before.rows):
        return pairs
    for at, row in pairs[pairs["lost"].notna()].iterrows():
        key = {name: row[name] for name in keys if name != "policy" or "policy" in before.rows}
        then, since = _process(before, key), _process(now, key)
        pairs.loc[at, list(_CHANGES)] = [then[0], *difference_interval(then, since)]
    return pairs


def _process(found: Kinds, key: dict[str, str]) -> tuple[float, float, float]:
    tallies = found.tallies(of_pair(found, key))
    ends = cluster_interval(tallies, LEVEL)
    return float(tallies.share[0]), float(ends.low[0]), float(ends.high[0])
