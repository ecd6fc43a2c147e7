"""Do good labelers split on a pair of labels? If they do, the guideline is the first suspect, and not the people.

Who is good is judged on everything but the pair, so that nobody is good or bad for the very thing that is asked about.
Which way somebody erred, and why, is never inferred.
"""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.analyses.hidden_parts import hidden_parts
from smo_reports.analyses.item_splits import FEWEST_LABELERS, pair_splits
from smo_reports.analyses.label_sets import mentions, parts
from smo_reports.analyses.pairs import Pairs, Rowwise, counted, of_pair, said_either
from smo_reports.analyses.small_cells import FEWEST_SHOWN
from smo_reports.kpis.kinds import Kinds
from smo_reports.kpis.overlap import overlap_of, shared_items
from smo_reports.kpis.tally import collect, columns
from smo_reports.sources import Rows
from smo_reports.stats.difference import difference_interval
from smo_reports.stats.sampling import cluster_interval
from smo_reports.stats.shrinkage import shrunk_shares
from smo_reports.stats.sums import sums

GUIDELINE, PEOPLE, CANNOT_TELL = "points at the guideline", "points at knowledge", "cannot tell"
CLEARLY_MORE = 1.5
"""How much oftener than anything else a pair has to be confused; every hard pair is confused a little oftener."""

_FEWEST_AUDITS = 10
_FEWEST_SAID = 20
_FEWEST_ITEMS = 10

Part = tuple[float, float, float]
_UNKNOWN: Part = (np.nan, np.nan, np.nan)
_COLUMNS = (
    *("good", "good_rate", "good_low", "good_high", "good_n", "others_rate", "others_low", "others_high", "others_n"),
    *("elsewhere", "items", "split", "split_elsewhere", "erring", "labelers", "verdict"),
)


def split_evidence(rows: Rows, history: Rows, found: Pairs, most: int = 12, level: float = 0.95) -> pd.DataFrame:
    """Whether good labelers confuse the pairs, or only others do.

    *Good* labelers of a pair are those at or above the median of all with ten random audits or more in ``history``
    that have nothing to do with the pair: by share correct against what their mix of policies expects, drawn towards
    it the less is known. A pair

    * *points at the guideline* where good labelers confuse it clearly more often (by half) than anybody errs
      elsewhere, by random audits or by what five of them or more said of the same items without knowing of each
      other;
    * *points at knowledge* where the other labelers confuse it clearly more often than the good ones, who confuse it
      no more often than that;
    * *cannot tell* otherwise: fewer than twenty audits of either, or the intervals allow both.

    Clearly: by an interval for labelers like these that allows for all pairs asked about at once.

    Parameters
    ----------
    rows : Rows
        The period.
    history : Rows
        A longer one that ends with it: a period alone rarely tells who is good.
    found : Pairs
        As :func:`confused_pairs` gives them; the first ``most`` are asked about.
    most : int
    level : float

    Returns
    -------
    DataFrame
        One row a pair, in order: its key; ``good`` labelers; ``good_rate, good_low, good_high, good_n`` and the same
        of the ``others``: the share confused of the decisions in which either label was said; ``elsewhere``, the share
        wrong of all other decisions; ``items`` that several good labelers labelled and at least one gave either label,
        the share ``split`` of them on which both were given, and ``split_elsewhere``, the share of other such items
        with different labels; ``erring`` labelers of ``labelers``; ``verdict``. What one or two people would be
        recognised by is nan, and there are no ``items``.
    """
    asked = found.pairs[found.pairs["lost"].notna()].head(most)
    if found.found is None or asked.empty:
        return pd.DataFrame(columns=[*found.keys, *_COLUMNS])
    level = 1 - (1 - level) / len(asked)
    past = counted(history)
    labelled = _several_labels(rows)
    lines = []
    for row in asked[found.keys].to_dict("records"):
        key = {str(name): str(value) if pd.notna(value) else value for name, value in row.items()}
        good = _good(past, key)
        lines.append({**key, **_of_pair(found.found, labelled, key, good, level)})
    return pd.DataFrame(lines, columns=[*found.keys, *_COLUMNS])


def _of_pair(
    found: Kinds, labelled: pd.DataFrame, key: dict[str, str], good: set[str], level: float
) -> dict[str, object]:
    said, hit = said_either(found, key), of_pair(found, key)
    theirs = found.rows["labeler_id"].isin(good).to_numpy(bool)
    wrong = ~found.rows["correct"].to_numpy(bool)
    elsewhere = _rate(found, wrong, ~said, level)
    line: dict[str, object] = {"good": len(good), "elsewhere": elsewhere[0]}
    split_in = {"good": said & theirs, "others": said & ~theirs}
    sides = {name: _rate(found, hit, side, level) for name, side in split_in.items()}
    n = {name: int(found.rows.loc[side, "n"].sum()) for name, side in split_in.items()}
    hidden = hidden_parts([_people(found, side) for side in split_in.values()], list(n.values()))
    for name, small in zip(split_in, hidden, strict=True):
        line |= {f"{name}_n": np.nan if small else n[name], **_named(name, _UNKNOWN if small else sides[name])}
    mine, others = sides["good"], sides["others"]
    overlap, overlap_says = _overlap(labelled, key, good, level)
    line |= {**overlap, "erring": _people(found, hit), "labelers": _people(found, said)}
    few = n["good"] < _FEWEST_SAID
    if overlap_says or (not few and _clearly_more(mine, elsewhere)):
        return line | {"verdict": GUIDELINE}
    worse = n["others"] >= _FEWEST_SAID and difference_interval(mine, others)[1] > 0
    only_others = not few and worse and mine[0] <= CLEARLY_MORE * elsewhere[0]
    return line | {"verdict": PEOPLE if only_others else CANNOT_TELL}


def _clearly_more(often: Part, usual: Part) -> bool:
    """Whether a share is more than that many times another one, as far as both intervals tell."""
    value, low, high = (CLEARLY_MORE * part for part in usual)
    return difference_interval((value, low, high), often)[1] > 0


def _named(name: str, part: Part) -> dict[str, float]:
    return dict(zip((f"{name}_rate", f"{name}_low", f"{name}_high"), part, strict=True))


def _people(found: Kinds, kept: Rowwise) -> int:
    return int(found.rows.loc[kept, "labeler_id"].nunique(dropna=False))


def _rate(found: Kinds, hit: Rowwise, domain: Rowwise, level: float) -> Part:
    if not domain.any():
        return _UNKNOWN
    tallies = found.tallies(hit, domain)
    ends = cluster_interval(tallies, level)
    return float(tallies.share[0]), float(ends.low[0]), float(ends.high[0])


def _good(past: Kinds, key: dict[str, str]) -> set[str]:
    """Labelers at or above the median on everything but the pair."""
    table = past.rows.loc[~said_either(past, key)].dropna(subset=["labeler_id"])
    policy = table["policy"] if "policy" in table else pd.Series("", index=table.index)
    right = table["n"] * table["correct"].astype(bool)
    code = pd.factorize(policy, use_na_sentinel=False)[0].astype(np.intp)
    rate = sums(code, right) / np.maximum(sums(code, table["n"]), 1)
    own = pd.DataFrame({"n": table["n"], "right": right, "expected": table["n"] * rate[code]})
    people = own.groupby(table["labeler_id"]).sum()
    people = people[people["n"] >= _FEWEST_AUDITS]
    if people.empty:
        return set()
    expected = (people["expected"] / people["n"]).to_numpy(float)
    above = shrunk_shares(people["right"], people["n"], expected).value - expected
    return set(people.index[above >= np.median(above)])


def _several_labels(rows: Rows) -> pd.DataFrame:
    """Items that several people labelled without knowing of each other: one row an item, labeler and label."""
    wanted = {"item_id", "labeler_id", "label"}
    if "decisions" not in rows or not wanted <= columns(rows["decisions"]):
        return pd.DataFrame(columns=[*sorted(wanted), "policy"])
    policy = ["policy"] if "policy" in columns(rows["decisions"]) else []
    tally = overlap_of(rows["decisions"]).group_by([*policy, "item_id", "labeler_id", "label"]).agg(given=nw.len())
    return collect(shared_items(tally, policy))


def _overlap(
    labelled: pd.DataFrame, key: dict[str, str], good: set[str], level: float
) -> tuple[dict[str, object], bool]:
    """Items of several good labelers: how many, the share split on the pair and elsewhere; and whether it is clear.

    Of one or two people nothing is said, and nothing is clear of fewer than five: those are their habits.
    """
    own = labelled[labelled["labeler_id"].isin(good)]
    if "policy" in key:
        own = own[own["policy"] == key["policy"]]
    texts = own["label"].unique()
    told = {side: {text: _says(text, key, side) for text in texts} for side in ("a", "b")}
    own = own.assign(a=own["label"].map(told["a"]).astype(bool), b=own["label"].map(told["b"]).astype(bool))
    own["said"] = mentions(own["label"], (key["a"], key["b"]))
    asked, other = pair_splits(own, level)
    enough = min(asked.items, other.items) >= _FEWEST_ITEMS and asked.labelers >= FEWEST_LABELERS
    items = asked.items if asked.labelers >= FEWEST_SHOWN else 0
    line: dict[str, object] = {"items": items, "split": asked.shown, "split_elsewhere": other.shown}
    return line, enough and _clearly_more(asked.ends, other.ends)


def _says(text: str, key: dict[str, str], side: str) -> bool:
    """Whether an answer is on one side of a pair; the side without a label is that of answers without the other's."""
    sought, said = set(parts(key[side])), set(parts(text))
    other = set(parts(key["b" if side == "a" else "a"]))
    return sought <= said if sought else not other & said
