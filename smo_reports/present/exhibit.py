"""An exhibit: what a person sees, and beside it, in the same output, the estimates that it shows."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from smo_reports.schema import ESTIMATES_VERSION

ESTIMATES_MIME = "application/vnd.smo.estimates+json"
"""What index, e-mail and spreadsheets read; they never compute."""


@dataclass(frozen=True)
class Exhibit:
    """Something to show in a notebook or on a page.

    Attributes
    ----------
    kind, title : str
    html : str
        Safe: every text of the data in it is escaped.
    text : str
        The same in words, for screens without HTML and for the index.
    estimates : DataFrame
        The numbers shown.
    facts : dict
        Further plain facts, such as how new the rows are.
    """

    kind: str
    title: str
    html: str
    text: str = ""
    estimates: pd.DataFrame = field(default_factory=pd.DataFrame)
    facts: dict[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> dict[str, Any]:
        return {
            "text/html": self.html,
            "text/plain": self.text or self.title,
            ESTIMATES_MIME: {
                "version": ESTIMATES_VERSION,
                "kind": self.kind,
                "title": self.title,
                "text": self.text,
                "facts": {name: plain(value) for name, value in self.facts.items()},
                "columns": list(self.estimates.columns),
                "rows": [[plain(value) for value in row] for row in self.estimates.itertuples(index=False)],
            },
        }

    def __repr__(self) -> str:
        return self.text or self.title


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows, each by column name."""
    return [dict(zip(map(str, table.columns), row, strict=True)) for row in table.itertuples(index=False, name=None)]


def plain(value: Any) -> Any:
    """A value as JSON has it: no nan or infinity (None and ``"inf"``), dates as ISO text.

    >>> plain(float("nan")), plain(dt.date(2026, 11, 9)), plain(3.5)
    (None, '2026-11-09', 3.5)
    """
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float):
        return None if math.isnan(value) else value if math.isfinite(value) else "inf"
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if hasattr(value, "item"):
        return plain(value.item())
    json.dumps(value)
    return value
