"""Questions that need several KPIs: status against target, change, and what a page rests on."""

from __future__ import annotations

from smo_reports.analyses.evidence import Evidence, evidence
from smo_reports.analyses.kpi_report import against_targets, by_part, definitions
from smo_reports.analyses.people import compared as people_compared
from smo_reports.analyses.status import grade, stands_out, status
from smo_reports.analyses.trend import Trend, by_week, change_since, history_span, trend_of, what_changed

__all__ = [
    "Evidence",
    "Trend",
    "against_targets",
    "by_part",
    "by_week",
    "change_since",
    "definitions",
    "evidence",
    "grade",
    "history_span",
    "people_compared",
    "stands_out",
    "status",
    "trend_of",
    "what_changed",
]
