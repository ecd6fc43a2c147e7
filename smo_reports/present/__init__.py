"""Estimates become exhibits: charts, tables and sentences; nothing is computed here but rounding."""

from __future__ import annotations

from smo_reports.present.agenda import agenda
from smo_reports.present.exhibit import ESTIMATES_MIME, Exhibit
from smo_reports.present.header import page_header
from smo_reports.present.headline import headline
from smo_reports.present.kpi_table import kpi_table
from smo_reports.present.morning import morning_list, morning_summary, vendors_table
from smo_reports.present.people import people_funnel, people_table
from smo_reports.present.portfolio import portfolio_summary, portfolio_table
from smo_reports.present.qa import auditor_work, auditors_table, suspect_gold
from smo_reports.present.scorecard import (
    scorecard_corrections,
    scorecard_detail,
    scorecard_header,
    scorecard_standing,
    scorecard_talks,
    scorecard_work,
)
from smo_reports.present.sections import (
    data_quality,
    definitions,
    parts_breakdown,
    weekly_charts,
)
from smo_reports.present.workspace_header import workspace_header

__all__ = [
    "ESTIMATES_MIME",
    "Exhibit",
    "agenda",
    "auditor_work",
    "auditors_table",
    "data_quality",
    "definitions",
    "headline",
    "kpi_table",
    "morning_list",
    "morning_summary",
    "page_header",
    "parts_breakdown",
    "people_funnel",
    "people_table",
    "portfolio_summary",
    "portfolio_table",
    "scorecard_corrections",
    "scorecard_detail",
    "scorecard_header",
    "scorecard_standing",
    "scorecard_talks",
    "scorecard_work",
    "suspect_gold",
    "vendors_table",
    "weekly_charts",
    "workspace_header",
]
