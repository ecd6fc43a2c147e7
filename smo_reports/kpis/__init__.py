"""KPIs: one decorated function each, tallied in the engine that holds the rows, then estimated."""

from __future__ import annotations

from smo_reports.kpis import (
    actions,
    agreement,
    arbitration,
    auditors,
    consensus,
    corrected,
    effort,
    errors_by_type,
    flow,
    gold,
    handling,
    hours,
    quality,
    upkeep,
    waits,
)
from smo_reports.kpis.estimate import estimate, estimates
from smo_reports.kpis.registry import KPIS, Kpi, kpi_named

__all__ = [
    "KPIS",
    "Kpi",
    "actions",
    "agreement",
    "arbitration",
    "auditors",
    "consensus",
    "corrected",
    "effort",
    "errors_by_type",
    "estimate",
    "estimates",
    "flow",
    "gold",
    "handling",
    "hours",
    "kpi_named",
    "quality",
    "upkeep",
    "waits",
]
