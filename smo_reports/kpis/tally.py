"""Tallies: what the engine counts, before anything is estimated. Only these small tables leave the engine."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from smo_reports.kpis.registry import Frame, Frames
from smo_reports.stats.sampling import ShareTallies
from smo_reports.stats.strata import drawn_per_labeler
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
        """How many different values a column has in each group; what is null is no value."""
        codes = pd.factorize(column)[0]
        known, span = codes >= 0, codes.max(initial=0) + 1
        pairs = np.unique(self.codes[known] * span + codes[known])
        return np.bincount(pairs // span, minlength=self.count)


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
    found = frame.collect()
    native = found.to_native()
    if isinstance(native, pa.Table):
        # Engines hand sums over as exact decimals; a tally is at most a count, which a float holds.
        exact = {field.name: pa.float64() for field in native.schema if pa.types.is_decimal(field.type)}
        table: pd.DataFrame = native.cast(
            pa.schema([(field.name, exact.get(field.name, field.type)) for field in native.schema])
        ).to_pandas()
        return table
    return found.to_pandas()


def decisions_given(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """How many decisions everybody gave: ``n``, the split and ``labeler_id`` where there is one; made once for all."""

    def made() -> pd.DataFrame:
        rows = answered(frames["decisions"])
        person = ("labeler_id",) if "labeler_id" in columns(rows) else ()
        keys = list(dict.fromkeys([*by, *person]))
        return collect(rows.group_by(keys).agg(n=nw.len()) if keys else rows.select(n=nw.len()))

    return frames.shared(("given", by), made)


def random_audits(frame: Frame) -> Frame:
    """First-round audits drawn at random: the only ones that may speak of quality."""
    kept = frame.filter(nw.col("purpose") == "random")
    if "audit_round" in columns(frame):
        kept = kept.filter(nw.col("audit_round").fill_null(1) == 1)
    return kept


@dataclass(frozen=True)
class Tallied:
    """A yes/no outcome as the engine counted it.

    Attributes
    ----------
    tallies : ShareTallies
    groups : Groups
        Of the tallies.
    labelers : ndarray, shape (groups,)
        How many people are behind each group.
    unweighted : ndarray, shape (groups,)
        Rows that are left out because they have no weight, or a weight of nothing, where weights are kept.
    """

    tallies: ShareTallies
    groups: Groups
    labelers: np.ndarray
    unweighted: np.ndarray


def share_tallies(
    frame: Frame,
    outcome: nw.Expr,
    by: tuple[str, ...],
    domain: nw.Expr | None = None,
    importance: nw.Expr | None = None,
) -> Tallied:
    """Tally a yes/no outcome by group, stratum and labeler, with weights where the rows have them.

    Rows whose outcome, or whose domain, is unknown are left out, and so are rows without a weight.

    Parameters
    ----------
    frame : LazyFrame
        Every row that was sampled, in the domain or not: strata are counted in full.
    outcome : Expr
    by : tuple of str
    domain : Expr, optional
        The rows that are asked about. Default: all.
    importance : Expr, optional
        How much each row counts in the share, whatever its chance to be drawn; rows without it are left out as
        those without a weight are. Default: all the same.

    Returns
    -------
    Tallied
    """
    have = columns(frame)
    weighted = "weight" in have
    strata: list[str] = [name for name in ("plan_id", "stratum") if name in have]
    keys = list(dict.fromkeys([*by, *strata, "labeler_id"]))
    rows = frame.filter(~outcome.is_null())
    if domain is not None:
        rows = rows.filter(~domain.is_null())
    # Without otherwise: a row of no weight is null, which no sum, count or least value sees.
    weight = nw.when(nw.col("weight") > 0).then(nw.col("weight")) if weighted else nw.lit(1)
    rows = rows.with_columns(_w=weight)
    # Rows that were narrowed before they came here (Rows.where) hold only that part of their strata, and strata then
    # count as having been sampled part by part: whoever can, splits instead of narrowing.
    ends = {"least": nw.col("_w").min(), "most": nw.col("_w").max()}
    whole = collect(_counted(rows, [*strata, "labeler_id"], n=nw.col("_w").count(), w=nw.col("_w").sum(), **ends))
    # Written as a choice of whole numbers: PostgreSQL neither casts true to 1.0 nor sums 1.0 as a float.
    hit = nw.when(outcome).then(nw.lit(1)).otherwise(nw.lit(0))
    own = rows if domain is None else rows.filter(domain)
    if importance is not None:
        own = own.with_columns(_d=nw.col("_w"), _w=nw.col("_w") * importance)
    own = own.with_columns(_hit=hit, _w2=nw.col("_w") * nw.col("_w"))
    own = own.with_columns(_wy=nw.col("_w") * nw.col("_hit"), _w2y=nw.col("_w2") * nw.col("_hit"))
    sums_of = {name: nw.col(f"_{name}").sum() for name in ("w", "w2", "wy", "w2y")}
    drawn = "_w" if importance is None else "_d"
    ends = {"least": nw.col(drawn).min(), "most": nw.col(drawn).max()}
    table = collect(_counted(own, keys, rows=nw.len(), n=nw.col("_w").count(), **sums_of, **ends))
    return _tallied(table, whole, by, strata, weighted)


def _counted(frame: Frame, keys: list[str], **counts: nw.Expr) -> Frame:
    return frame.group_by(keys).agg(**counts) if keys else frame.select(**counts)


def _tallied(
    table: pd.DataFrame, whole: pd.DataFrame, by: tuple[str, ...], strata: list[str], weighted: bool
) -> Tallied:
    every = Groups.of(table, by)
    unweighted = every.total(table["rows"] - table["n"])
    kept = (table["n"] > 0).to_numpy()
    table, groups = table[kept], Groups(every.keys, every.codes[kept])
    layers = strata_sampled(whole, strata, weighted)
    full = table[[*strata, "labeler_id"]].merge(layers, on=[*strata, "labeler_id"], how="left")
    stratum = full["layer"].to_numpy(np.intp)
    # Rows without a labeler are somebody's: one unknown person, which can only make the interval wider.
    person = pd.factorize(table["labeler_id"], use_na_sentinel=False)[0].astype(np.intp)
    n, w, w2, wy, w2y = (table[name].to_numpy(float) for name in ("n", "w", "w2", "wy", "w2y"))
    stratum_n, stratum_w = (full[name].to_numpy(float) for name in ("layer_n", "layer_w"))
    # Weights below 1, or all of 1, are no inverse sampling probabilities: the population is then not known
    # from them.
    known = weighted and len(table) > 0 and bool(table["least"].min() >= 1 < table["most"].max())
    tallies = ShareTallies(
        groups.codes, stratum, person, n, w, w2, wy, w2y, groups.count, known, stratum_n, stratum_w
    )  # fmt: skip
    return Tallied(tallies, groups, groups.distinct(table["labeler_id"]), unweighted)


def strata_sampled(whole: pd.DataFrame, strata: list[str], weighted: bool) -> pd.DataFrame:
    """The stratum that each labeler's rows were drawn from, with all of its rows and weight.

    A stratum is a plan's, unless the weights say that its audits were drawn labeler by labeler, each with a chance of
    their own: then every labeler's is one; see :func:`smo_reports.stats.strata.drawn_per_labeler`.
    """
    whole = whole[whole["n"] > 0]
    plan = np.zeros(len(whole), np.intp)
    if strata:
        plan = np.asarray(whole.groupby(strata, dropna=False).ngroup(), np.intp)
    apart = drawn_per_labeler(plan, *(whole[name].to_numpy(float) for name in ("n", "least", "most")))[plan]
    layer = np.where(apart & weighted, len(whole) + np.arange(len(whole)), plan)
    codes = np.unique(layer, return_inverse=True)[1].ravel().astype(np.intp)
    n, w = (sums(codes, whole[name])[codes] for name in ("n", "w"))
    return whole[[*strata, "labeler_id"]].assign(layer=codes, layer_n=n, layer_w=w)
