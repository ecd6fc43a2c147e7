"""The judged decisions of one segment, before and after a change: what attribution looks at, one row a verdict."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.kpis.gold import blind_gold
from smo_reports.kpis.registry import Frame
from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.schema import TABLES
from smo_reports.sources import Rows
from smo_reports.stats.contrast import Contrast, contrast

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

BETWEEN = " / "
"""Between the two labels of a pair."""

_WANTED = (
    "labeler_id", "label", "audit_label", "auditor_id", "audit_id", "item_id", "weight", "work_date", "error_type",
    "model_label", "overtime", "local_hour", "submitted_at", "arrived_at", "queue", "tool_version",
)  # fmt: skip
_KINDS = {column.name: column.kind for name in ("audits", "decisions") for column in TABLES[name].columns}


@dataclass(frozen=True)
class Judged:
    """Judged decisions of two periods, of one scope.

    Attributes
    ----------
    rows : DataFrame
        ``err`` (1 where the decision was wrong), ``after``, ``labeler`` (a code), ``weight``, ``pair`` (the label given
        and the right one in alphabetical order; empty where the decision was right), and the columns of the table that
        the source has.
    sign : float
        1 where errors became more, -1 where they became fewer.
    change : Contrast
        The share of errors after less before.
    """

    rows: pd.DataFrame
    sign: float
    change: Contrast

    @property
    def err(self) -> Floats:
        """1 where the decision was wrong."""
        return self.rows["err"].to_numpy(float)

    @property
    def after(self) -> Bools:
        """Rows of the second period."""
        return self.rows["after"].to_numpy(bool)

    def has(self, column: str) -> bool:
        """Whether any row knows this."""
        return column in self.rows and bool(self.rows[column].notna().any())

    def told(self, value: npt.ArrayLike, cell: npt.ArrayLike, coefficients: Iterable[float]) -> Contrast:
        """A contrast of these rows, labelers as clusters."""
        who, weight = self.rows["labeler"].to_numpy(np.intp), self.rows["weight"].to_numpy(float)
        return contrast(value, cell, tuple(coefficients), who, weight)


def judged(before: Rows, after: Rows, scope: Mapping[str, Any], table: str = "audits") -> Judged | None:
    """Collect the judged decisions of a scope.

    Parameters
    ----------
    before, after : Rows
        The two periods.
    scope : mapping of str to object
        Columns and their values; empty for everything.
    table : {"audits", "gold_decisions"}
        What judged them: random audits, or known answers given without being recognised.

    Returns
    -------
    Judged or None
        None where either period has no row of the scope, or the source lacks the table or a column of the scope.
    """
    both = [_collected(rows, scope, table) for rows in (before, after)]
    if any(one is None or one.empty for one in both):
        return None
    first, last = (one for one in both if one is not None)
    rows = pd.concat([first.assign(after=False), last.assign(after=True)], ignore_index=True)
    rows["labeler"] = pd.factorize(rows["labeler_id"], use_na_sentinel=False)[0]
    rows["weight"] = rows["weight"].to_numpy(float) if "weight" in rows else 1.0
    rows["pair"] = _pairs(rows)
    code, who = rows["after"].to_numpy(np.intp), rows["labeler"].to_numpy(np.intp)
    change = contrast(rows["err"].to_numpy(float), code, (-1, 1), who, rows["weight"].to_numpy(float))
    return Judged(rows, -1.0 if change.value < 0 else 1.0, change)


def within(frame: Frame, scope: Mapping[str, Any]) -> Frame | None:
    """Only the rows of a scope; None where a column of it is lacking."""
    if not set(scope) <= columns(frame):
        return None
    for column, value in scope.items():
        frame = frame.filter(value_is(column, value))
    return frame


def value_is(column: str, value: Any) -> nw.Expr:
    """Whether a column holds a value, which may be given as text whatever the column's kind is; null where none is."""
    kind = _KINDS.get(column, "text")
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return nw.col(column).is_null()
    if kind == "bool":
        return nw.col(column) == nw.lit(str(value).lower() == "true")
    if kind in ("int", "real"):
        return nw.col(column) == nw.lit(float(value))
    if kind == "date":
        return nw.col(column) == nw.lit(dt.date.fromisoformat(str(value)[:10]))
    return nw.col(column) == nw.lit(str(value))


def _collected(rows: Rows, scope: Mapping[str, Any], table: str) -> pd.DataFrame | None:
    if table not in rows:
        return None
    frame = rows.with_columns(table, (*_WANTED, *scope))
    if table == "audits":
        if not {"purpose", "correct", "labeler_id"} <= columns(frame):
            return None
        frame = random_audits(frame).filter(~nw.col("correct").is_null())
        wrong = nw.col("correct") == nw.lit(False)
    else:
        frame = blind_gold(frame).with_columns(audit_label=nw.col("gold_label"))
        wrong = nw.col("label") != nw.col("gold_label")
    kept = within(frame, scope)
    if kept is None:
        return None
    if "weight" in columns(kept):
        kept = kept.filter(nw.col("weight") > 0)
    made = kept.with_columns(err=nw.when(wrong).then(nw.lit(1)).otherwise(nw.lit(0)))
    return collect(made.select(["err", *(name for name in _WANTED if name in columns(made))]))


def _pairs(rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    """The two labels of each error, whichever way it went."""
    found = np.full(len(rows), "", object)
    if not {"label", "audit_label"} <= set(rows.columns):
        return found
    known = ((rows["err"] == 1) & rows["label"].notna() & rows["audit_label"].notna()).to_numpy(bool)
    given, right = (rows.loc[known, name].astype(str).to_numpy(object) for name in ("label", "audit_label"))
    found[known] = [BETWEEN.join(sorted(both)) for both in zip(given, right, strict=True)]
    return found
