"""Questions that need several KPIs: status against target, change, and what a page rests on."""

from __future__ import annotations

from smo_reports.analyses.actions import action_ledger
from smo_reports.analyses.agenda import agenda
from smo_reports.analyses.attribution import Attribution, attribute
from smo_reports.analyses.auditor_card import AuditorCard
from smo_reports.analyses.auditor_work import auditor_work
from smo_reports.analyses.auditors import auditor_drift, auditors_compared, calibration_matrix, severity_by_week
from smo_reports.analyses.causes import Causes, attributions, root_causes
from smo_reports.analyses.change import change_by_part
from smo_reports.analyses.confusion import Confusion, confusion
from smo_reports.analyses.errors import Pareto
from smo_reports.analyses.errors import pareto as error_pareto
from smo_reports.analyses.evidence import Evidence, evidence
from smo_reports.analyses.flow import age_profile
from smo_reports.analyses.gap_lead_time import gap_lead_time
from smo_reports.analyses.guideline_gap import Gap, GuidelineGaps, guideline_gaps
from smo_reports.analyses.kpi_report import against_targets, by_part, definitions, only, with_limits, with_targets
from smo_reports.analyses.morning import Morning, morning, recent_span
from smo_reports.analyses.notes import Notes, notes
from smo_reports.analyses.pairs import Pairs, confused_pairs
from smo_reports.analyses.people import compared as people_compared
from smo_reports.analyses.portfolio import Portfolio, portfolio
from smo_reports.analyses.scorecard import Scorecard, scorecard
from smo_reports.analyses.spans import compared_spans, last_audited
from smo_reports.analyses.split import split_evidence
from smo_reports.analyses.staffing.contract import Contract, booked_against_contract
from smo_reports.analyses.staffing.corrections import corrections
from smo_reports.analyses.staffing.hours import WorkingTime, working_time
from smo_reports.analyses.staffing.person_days import PersonDays, person_days
from smo_reports.analyses.staffing.plan import StaffingPlan, staffing_plan
from smo_reports.analyses.staffing.plan_age import PlanAge, plan_age
from smo_reports.analyses.staffing.reconciliation import Reconciliation, reconcile
from smo_reports.analyses.staffing.report import StaffingBasis, staffing_basis, staffing_span
from smo_reports.analyses.staffing.roster import Roster, roster_of
from smo_reports.analyses.staffing.scenario import Scenario
from smo_reports.analyses.staffing.shifts import ShiftsKept, shifts_kept
from smo_reports.analyses.staffing.skill_gap import SkillGap, skill_gap
from smo_reports.analyses.staffing.week_hours import hours_by_week
from smo_reports.analyses.status import grade, stands_out, status
from smo_reports.analyses.suspect_gold import suspect_gold
from smo_reports.analyses.suspect_gold import with_and_without as gold_with_and_without
from smo_reports.analyses.timeline import Timeline, timeline
from smo_reports.analyses.trend import Trend, by_week, change_since, history_span, trend_of, what_changed

__all__ = [
    "Attribution",
    "AuditorCard",
    "Causes",
    "Confusion",
    "Contract",
    "Evidence",
    "Gap",
    "GuidelineGaps",
    "Morning",
    "Notes",
    "Pairs",
    "Pareto",
    "PersonDays",
    "PlanAge",
    "Portfolio",
    "Reconciliation",
    "Roster",
    "Scenario",
    "Scorecard",
    "ShiftsKept",
    "SkillGap",
    "StaffingBasis",
    "StaffingPlan",
    "Timeline",
    "Trend",
    "WorkingTime",
    "action_ledger",
    "against_targets",
    "age_profile",
    "agenda",
    "attribute",
    "attributions",
    "auditor_drift",
    "auditor_work",
    "auditors_compared",
    "booked_against_contract",
    "by_part",
    "by_week",
    "calibration_matrix",
    "change_by_part",
    "change_since",
    "compared_spans",
    "confused_pairs",
    "confusion",
    "corrections",
    "definitions",
    "error_pareto",
    "evidence",
    "gap_lead_time",
    "gold_with_and_without",
    "grade",
    "guideline_gaps",
    "history_span",
    "hours_by_week",
    "last_audited",
    "morning",
    "notes",
    "only",
    "people_compared",
    "person_days",
    "plan_age",
    "portfolio",
    "recent_span",
    "reconcile",
    "root_causes",
    "roster_of",
    "scorecard",
    "severity_by_week",
    "shifts_kept",
    "skill_gap",
    "split_evidence",
    "staffing_basis",
    "staffing_plan",
    "staffing_span",
    "stands_out",
    "status",
    "suspect_gold",
    "timeline",
    "trend_of",
    "what_changed",
    "with_limits",
    "with_targets",
    "working_time",
]
