"""Tallies: what the engine counts, before anything is estimated. Only these small tables leave the engine."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.registry import Frame
from smo_reports.stats.sampling import ShareTallies
from smo_reports.stats.sums import sums


@dataclass(frozen=True)
class Groups:
    """The distinct values of the columns that something is split by, and each row's code.

    Attributes
    ----------
    keys : DataFrame
        One row a group; one row without columns where nothing is split.
    codes : ndarray of int
        The group of each row of the table it was made from.
    """

    keys: pd.DataFrame
    codes: np.ndarray

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.keys)

    @classmethod
    def of(cls, table: pd.DataFrame, by: tuple[str, ...]) -> Groups:
        """Group a table's rows; without ``by`` everything is one group."""
        if not by:
            return cls(pd.DataFrame(index=range(1)), np.zeros(len(table), np.intp))
        grouped = table.groupby(list(by), dropna=False, sort=True)
        keys = table.assign(_code=grouped.ngroup()).drop_duplicates("_code").sort_values("_code")
        return cls(keys[list(by)].reset_index(drop=True), grouped.ngroup().to_numpy(np.intp))

    def total(self, values: pd.Series) -> np.ndarray:
        """Sum a column within each group."""
        return sums(self.codes, values, self.count)

    def distinct(self, column: pd.Series) -> np.ndarray:
        """How many different values a column has in each group."""
        codes = pd.factorize(column)[0]
        pairs = np.unique(self.codes * (codes.max(initial=0) + 1) + codes)
        return np.bincount(pairs // (codes.max(initial=0) + 1), minlength=self.count)


def columns(frame: Frame) -> set[str]:
    """The names of a lazy frame's columns."""
    # Not collect_schema(): on DuckDB that asks the engine for its time zone, once a column of time.
    return set(frame.columns)


def answered(frame: Frame) -> Frame:
    """Decisions that carry an answer: skipped ones are left out."""
    if "skipped" not in columns(frame):
        return frame
    return frame.filter(~nw.col("skipped").fill_null(False))


def collect(frame: Frame) -> pd.DataFrame:
    """Bring a tally into memory as plain pandas columns."""
    table = frame.collect().to_pandas()
    for name in table.columns:
        if table[name].dtype == object and len(table) and not isinstance(table[name].dropna().iloc[:1].squeeze(), str):
            # Engines hand sums over as exact decimals; a tally is at most a count, which a float holds.
            numbers = pd.to_numeric(table[name], errors="coerce")
            table[name] = numbers if numbers.notna().any() else table[name]
    return table


def random_audits(frame: Frame) -> Frame:
    """First-round audits drawn at random: the only ones that may speak of quality."""
    kept = frame.filter(nw.col("purpose") == "random")
    if "audit_round" in columns(frame):
        kept = kept.filter(nw.col("audit_round").fill_null(1) == 1)
    return kept


def share_tallies(frame: Frame, outcome: nw.Expr, by: tuple[str, ...]) -> tuple[ShareTallies, Groups, pd.DataFrame]:
    """Tally a yes/no outcome by group, stratum and labeler, with weights where the rows have them.

    Rows whose outcome is unknown, and rows without a weight where others have one, are left out.

    Returns
    -------
    tallies : ShareTallies
    groups : Groups
    table : DataFrame
        One row a tally, with the columns of ``by``, ``labeler_id`` and ``n``.
    """
    have = columns(frame)
    weighted = "weight" in have
    strata = [name for name in ("plan_id", "stratum") if name in have and name not in by]
    labeler = [] if "labeler_id" in by else ["labeler_id"]
    # Written as a choice of whole numbers: PostgreSQL neither casts true to 1.0 nor sums 1.0 as a float.
    hit = nw.when(outcome).then(nw.lit(1)).otherwise(nw.lit(0))
    rows = frame.filter(~outcome.is_null()).with_columns(_hit=hit, _w=nw.col("weight") if weighted else nw.lit(1))
    rows = rows.filter(~nw.col("_w").is_null(), nw.col("_w") > 0)
    rows = rows.with_columns(_w2=nw.col("_w") * nw.col("_w"), _wy=nw.col("_w") * nw.col("_hit"))
    rows = rows.with_columns(_w2y=nw.col("_w2") * nw.col("_hit"))
    table = collect(
        rows.group_by([*by, *strata, *labeler]).agg(
            n=nw.len(),
            w=nw.col("_w").sum(),
            w2=nw.col("_w2").sum(),
            wy=nw.col("_wy").sum(),
            w2y=nw.col("_w2y").sum(),
            least=nw.col("_w").min(),
            most=nw.col("_w").max(),
        )
    )
    groups = Groups.of(table, by)
    stratum = np.zeros(len(table), np.intp)
    if strata:
        stratum = np.asarray(table.groupby(strata, dropna=False).ngroup(), np.intp)
    person = pd.factorize(table["labeler_id"])[0].astype(np.intp)
    n, w, w2, wy, w2y = (table[name].to_numpy(float) for name in ("n", "w", "w2", "wy", "w2y"))
    # Weights below 1, or all of 1, are no inverse sampling probabilities: the population is then not known
    # from them.
    known = weighted and len(table) > 0 and bool(table["least"].min() >= 1 < table["most"].max())
    tallies = ShareTallies(groups.codes, stratum, person, n, w, w2, wy, w2y, groups.count, known)
    return tallies, groups, table
