"""Clues in the labels themselves: one pair that repeats, and whether those who label well are split on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.analyses.clues import Clue, few_people, half_as_much, missing, of_errors, strongest
from smo_reports.analyses.item_splits import FEWEST_LABELERS
from smo_reports.analyses.judged_rows import BETWEEN, Judged, within
from smo_reports.kpis.overlap import overlap_of
from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.sources import Rows
from smo_reports.stats.contrast import contrast

CONFUSION, GUIDELINE = "confusion", "guideline"
_MOST_PAIRS = 12
_LENT = 5.0
"""How many errors of the project's usual sorts are lent to a segment's own past: few are not yet a habit."""
_FEWEST_AUDITS = 10
_FEWEST_ITEMS = 10


def confusion(found: Judged, before: Rows) -> tuple[Clue, ...]:
    """One clue a pair of labels that errors were made on, the loudest first and corrected for having been chosen."""
    if not (found.rows["pair"] != "").any():
        return (missing("pair", CONFUSION, "audit_label on the table audits"),)
    pairs = found.rows.loc[found.rows["pair"] != "", ["pair", "after"]]
    usual = _usual(before)
    sorts = set(usual) | set(pairs["pair"])
    if len(sorts) < 2:
        return (missing("pair", CONFUSION, "more than two labels"),)
    mine = pairs.loc[~pairs["after"], "pair"]
    listed = pairs["pair"].value_counts().head(_MOST_PAIRS).index
    every = []
    for pair in listed:
        habit = (float((mine == pair).sum()) + _LENT * usual.get(pair, 0.0)) / (len(mine) + _LENT)
        flag = (found.rows["pair"] == pair).to_numpy(bool)
        every.append(of_errors(found, "pair", CONFUSION, flag, habit, pair))
    return (strongest(every, apart=True),)


def _usual(before: Rows) -> dict[str, float]:
    """What share of the project's errors each pair had before, everywhere."""
    frame = before["audits"]
    if not {"label", "audit_label", "correct"} <= columns(frame):
        return {}
    wrong = random_audits(frame).filter(nw.col("correct") == nw.lit(False))
    table = collect(wrong.group_by("label", "audit_label").agg(n=nw.len())).dropna()
    if table.empty:
        return {}
    names = [BETWEEN.join(sorted(both)) for both in zip(table["label"], table["audit_label"], strict=True)]
    total = table["n"].groupby(names).sum()
    return {str(name): float(n / total.sum()) for name, n in total.items()}


def good_labelers(before: Rows) -> frozenset[str]:
    """Those who were right at least as often as the median before, of all with ten audits or more."""
    if not {"correct", "labeler_id", "purpose"} <= columns(before["audits"]):
        return frozenset()
    judged = random_audits(before["audits"]).filter(~nw.col("correct").is_null(), ~nw.col("labeler_id").is_null())
    right = nw.when(nw.col("correct")).then(nw.lit(1)).otherwise(nw.lit(0))
    table = collect(judged.with_columns(_r=right).group_by("labeler_id").agg(n=nw.len(), right=nw.col("_r").sum()))
    known = table[table["n"] >= _FEWEST_AUDITS]
    share = known["right"] / known["n"]
    return frozenset(known.loc[share >= share.median(), "labeler_id"].astype(str))


def alike(found: Judged, pair: str, good: frozenset[str]) -> Clue:
    """Whether those who label well came to take the pair for each other at least half as much as the rest did."""
    is_good = found.rows["labeler_id"].astype(str).isin(good).to_numpy(bool)
    counts = [int((is_good == side).sum()) for side in (True, False)]
    if not pair or min(counts) < _FEWEST_AUDITS or not good:
        return missing("good labelers", GUIDELINE, "a repeated pair, and labelers with ten audits before the change")
    y = found.sign * (found.rows["pair"] == pair).to_numpy(float)
    cell = 2 * is_good + found.after
    own = found.told(y * found.sign, cell, (0, 0, -1, 1))
    rest = found.told(y * found.sign, cell, (-1, 1, 0, 0))
    test = found.told(y, cell, (0.5, -0.5, -1, 1))
    few = few_people(found, is_good & found.after) or few_people(found, is_good & ~found.after)
    return replace(half_as_much(own, rest, test, GUIDELINE, "good labelers"), few=few)


def split(before: Rows, after: Rows, scope: Mapping[str, Any], pair: str, good: frozenset[str]) -> Clue:
    """Whether good labelers, each without knowing of the others, came to split on the pair, half as often as the rest.

    The share of items on which two or more of them gave both labels of the pair, of the items that they gave either.
    Fewer than five good labelers in a period say nothing: two who differ on everything split every item of theirs.
    """
    name, lacking = "overlap", "items labelled blind by two or more good labelers, of five in all, in both periods"
    if not pair or not good:
        return missing(name, GUIDELINE, lacking)
    found = [_shared_items(rows, scope, pair, good) for rows in (before, after)]
    tables = [table.assign(after=at) for at, table in enumerate(found) if table is not None]
    few = any(table["good"].sum() < _FEWEST_ITEMS or table["people"].max() < FEWEST_LABELERS for table in tables)
    if len(tables) < 2 or few:
        return missing(name, GUIDELINE, lacking)
    items = pd.concat(tables)
    y, who = items["split"].to_numpy(float), pd.factorize(items["item_id"].astype(str) + items["after"].astype(str))[0]
    cell = (2 * items["good"] + items["after"]).to_numpy(np.intp)
    own = contrast(y, cell, (0, 0, -1, 1), who)
    as_rest = contrast(y, cell, (0.5, -0.5, -1, 1), who)
    low, high = own.interval()
    rates = [float(y[cell == side].mean()) for side in (2, 3)]
    return Clue(
        name, GUIDELINE, pair, rates[0], rates[1], own.value, low, high, n=own.n,
        supports=max(own.above, as_rest.above), against=min(own.below, as_rest.below),
    )  # fmt: skip


def _shared_items(rows: Rows, scope: Mapping[str, Any], pair: str, good: frozenset[str]) -> pd.DataFrame | None:
    """Items by whether good labelers or the rest saw them, two or more, and whether they are split on the pair.

    ``people`` is how many good labelers saw any of them.
    """
    frame = rows["decisions"]
    if "labeler_id" not in columns(frame):
        return None
    kept = within(frame, scope)
    if kept is None:
        return None
    own = overlap_of(kept).with_columns(good=nw.col("labeler_id").is_in(sorted(good)))
    keys = ["item_id", "good"]
    given = own.group_by(*keys, "label").agg(n=nw.len())
    given = given.with_columns(_all=nw.col("n").sum().over(*keys)).filter(nw.col("_all") > 1)
    table = collect(given.filter(nw.col("label").is_in(pair.split(BETWEEN))).select(*keys, "label"))
    found = table.groupby(keys)["label"].nunique().gt(1).rename("split").reset_index()
    found = found.assign(good=found["good"].astype(bool))
    who = collect(own.filter(nw.col("good")).group_by("item_id", "labeler_id").agg(n=nw.len()))
    seen = who[who["item_id"].isin(found.loc[found["good"], "item_id"])]
    return found.assign(people=seen["labeler_id"].nunique())
