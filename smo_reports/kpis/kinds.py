"""Errors by their kind (a type, a cause, a pair of labels), counted once for all kinds.

Every kind's share rests on the same audits, so the engine is asked once: how many audits each labeler has in each
stratum, and how many of them are of each kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.registry import Frame
from smo_reports.kpis.tally import collect, columns, strata_sampled
from smo_reports.stats.share_tallies import Codes, ShareTallies
from smo_reports.stats.sums import sums

_SUMS = ("n", "w", "w2")


@dataclass(frozen=True)
class Kinds:
    """Audits by kind, labeler and stratum.

    Attributes
    ----------
    rows : DataFrame
        One row a kind and cell: the columns of the kind, ``labeler_id``, ``n`` audits, ``w`` their weight, ``w2`` the
        sum of its squares, and ``cell``, the labeler and stratum that they are of.
    cells : DataFrame
        ``layer, person`` codes and ``layer_n, layer_w``: what was sampled of the stratum.
    population_known : bool
        Whether weights are inverse sampling probabilities.
    unweighted : int
        Audits that are left out because they have no weight, or a weight of nothing, where weights are kept.
    """

    rows: pd.DataFrame
    cells: pd.DataFrame
    population_known: bool
    unweighted: int

    def tallies(self, outcome: Sequence[bool] | np.ndarray, domain: np.ndarray | None = None) -> ShareTallies:
        """Tallies of one share, for the intervals of :mod:`smo_reports.stats.sampling`.

        Parameters
        ----------
        outcome : array_like of bool, shape (rows,)
            Which of ``rows`` are hits.
        domain : ndarray of bool, shape (rows,), optional
            Which of them are asked about. Default: all.
        """
        return self.several(np.zeros(len(self.rows), np.intp), 1, outcome, domain)

    def several(
        self, group: Codes, groups: int, outcome: Sequence[bool] | np.ndarray, domain: np.ndarray | None = None
    ) -> ShareTallies:
        """The same of several groups at once: ``group`` gives the group of each of ``rows``, from 0."""
        asked = np.ones(len(self.rows), bool) if domain is None else domain
        hit = np.asarray(outcome, bool)[asked]
        cell, own = self.rows["cell"].to_numpy(np.intp)[asked], group[asked]
        pair, first, inverse = np.unique(own * max(len(self.cells), 1) + cell, return_index=True, return_inverse=True)
        entry = np.asarray(inverse, np.intp).ravel()
        n, w, w2 = (sums(entry, self.rows[name].to_numpy(float)[asked], len(pair)) for name in _SUMS)
        wy, w2y = (sums(entry, self.rows[name].to_numpy(float)[asked] * hit, len(pair)) for name in ("w", "w2"))
        of_cell = self.cells.iloc[cell[first]]
        layer, person = (of_cell[name].to_numpy(np.intp) for name in ("layer", "person"))
        layer_n, layer_w = (of_cell[name].to_numpy(float) for name in ("layer_n", "layer_w"))
        return ShareTallies(
            own[first], layer, person, n, w, w2, wy, w2y, groups, self.population_known, layer_n, layer_w
        )  # fmt: skip


def kinds(frame: Frame, kind: Sequence[str]) -> Kinds:
    """Count random audits by the columns of a kind.

    Parameters
    ----------
    frame : LazyFrame
        Random audits with a verdict; all of them, also those that are of no kind: strata are counted in full.
    kind : sequence of str
        Columns that the frame has; a missing value is a kind of its own.
    """
    have = columns(frame)
    weighted = "weight" in have
    strata: list[str] = [name for name in ("plan_id", "stratum") if name in have]
    base = [*strata, "labeler_id"]
    weight = nw.when(nw.col("weight") > 0).then(nw.col("weight")) if weighted else nw.lit(1)
    rows = frame.with_columns(_w=weight).with_columns(_w2=nw.col("_w") * nw.col("_w"))
    counts = {"rows": nw.len(), "n": nw.col("_w").count(), "w": nw.col("_w").sum(), "w2": nw.col("_w2").sum()}
    ends = {"least": nw.col("_w").min(), "most": nw.col("_w").max()}
    table = collect(rows.group_by(list(dict.fromkeys([*base, *kind]))).agg(**counts, **ends))
    unweighted = int((table["rows"] - table["n"]).sum())
    table = table[table["n"] > 0].reset_index(drop=True)
    whole = table.groupby(base, dropna=False, sort=False).agg(
        n=("n", "sum"), w=("w", "sum"), least=("least", "min"), most=("most", "max")
    )
    cells = strata_sampled(whole.reset_index(), strata, weighted).reset_index(drop=True)
    # Rows without a labeler are one unknown person's, which can only make an interval wider.
    cells["person"] = pd.factorize(cells["labeler_id"], use_na_sentinel=False)[0]
    numbered = cells[base].assign(cell=np.arange(len(cells)))
    found = table.merge(numbered, on=base, how="left")
    known = weighted and len(table) > 0 and bool(table["least"].min() >= 1 < table["most"].max())
    named = list(dict.fromkeys([*kind, "labeler_id", *_SUMS, "cell"]))
    return Kinds(found[named], cells[["layer", "person", "layer_n", "layer_w"]], known, unweighted)
