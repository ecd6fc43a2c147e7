"""KPIs: one decorated function each, tallied in the engine that holds the rows, then estimated."""

from __future__ import annotations

from smo_reports.kpis import agreement, effort, quality
from smo_reports.kpis.estimate import estimate, estimates
from smo_reports.kpis.registry import KPIS, Kpi, kpi_named

__all__ = ["KPIS", "Kpi", "agreement", "effort", "estimate", "estimates", "kpi_named", "quality"]
