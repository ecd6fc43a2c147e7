"""Estimates become exhibits: charts, tables and sentences; nothing is computed here but rounding."""

from __future__ import annotations

from smo_reports.present.actions import action_table, action_table_of_people, portfolio_actions
from smo_reports.present.agenda import agenda
from smo_reports.present.attribution import attributions
from smo_reports.present.backlog import backlog_outlook
from smo_reports.present.causes import causes_headline, findings_table, innocent
from smo_reports.present.change_parts import change_waterfall
from smo_reports.present.contract import booked_against_contract
from smo_reports.present.errors import confusion_matrix, error_pareto
from smo_reports.present.exhibit import ESTIMATES_MIME, Exhibit
from smo_reports.present.forecast import arrival_forecast, forecast_record
from smo_reports.present.gap_lead_time import gap_lead_time
from smo_reports.present.guideline_gap import brief_headline, gap_sections, pairs_table
from smo_reports.present.header import page_header
from smo_reports.present.headline import headline
from smo_reports.present.hiring import hiring_funnel, leaving_and_ramp
from smo_reports.present.hours import corrections_table, hours_table
from smo_reports.present.hours_chart import hours_by_week
from smo_reports.present.kpi_table import kpi_table
from smo_reports.present.morning import morning_list, morning_summary, vendors_table
from smo_reports.present.notes import fishbone, five_whys
from smo_reports.present.people import people_funnel, people_table
from smo_reports.present.portfolio import portfolio_summary, portfolio_table
from smo_reports.present.qa import auditor_work, auditors_table, suspect_gold
from smo_reports.present.reconciliation import reconciliation_table
from smo_reports.present.roster import roster_table
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
from smo_reports.present.shifts import shifts_kept
from smo_reports.present.skills import skills_table
from smo_reports.present.staffing import required_against_available, required_by_queue, staffing_headline
from smo_reports.present.staffing_header import staffing_header
from smo_reports.present.timeline import timeline
from smo_reports.present.workspace_header import workspace_header

__all__ = [
    "ESTIMATES_MIME",
    "Exhibit",
    "action_table",
    "action_table_of_people",
    "agenda",
    "arrival_forecast",
    "attributions",
    "auditor_work",
    "auditors_table",
    "backlog_outlook",
    "booked_against_contract",
    "brief_headline",
    "causes_headline",
    "change_waterfall",
    "confusion_matrix",
    "corrections_table",
    "data_quality",
    "definitions",
    "error_pareto",
    "findings_table",
    "fishbone",
    "five_whys",
    "forecast_record",
    "gap_lead_time",
    "gap_sections",
    "headline",
    "hiring_funnel",
    "hours_by_week",
    "hours_table",
    "innocent",
    "kpi_table",
    "leaving_and_ramp",
    "morning_list",
    "morning_summary",
    "page_header",
    "pairs_table",
    "parts_breakdown",
    "people_funnel",
    "people_table",
    "portfolio_actions",
    "portfolio_summary",
    "portfolio_table",
    "reconciliation_table",
    "required_against_available",
    "required_by_queue",
    "roster_table",
    "scorecard_corrections",
    "scorecard_detail",
    "scorecard_header",
    "scorecard_standing",
    "scorecard_talks",
    "scorecard_work",
    "shifts_kept",
    "skills_table",
    "staffing_header",
    "staffing_headline",
    "suspect_gold",
    "timeline",
    "vendors_table",
    "weekly_charts",
    "workspace_header",
]
