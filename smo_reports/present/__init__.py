"""Estimates become exhibits: charts, tables and sentences; nothing is computed here but rounding."""

from __future__ import annotations

from smo_reports.present.exhibit import ESTIMATES_MIME, Exhibit
from smo_reports.present.header import page_header
from smo_reports.present.headline import headline
from smo_reports.present.kpi_table import kpi_table
from smo_reports.present.sections import (
    data_quality,
    definitions,
    parts_breakdown,
    people_table,
    weekly_charts,
)

__all__ = [
    "ESTIMATES_MIME",
    "Exhibit",
    "data_quality",
    "definitions",
    "headline",
    "kpi_table",
    "page_header",
    "parts_breakdown",
    "people_table",
    "weekly_charts",
]
