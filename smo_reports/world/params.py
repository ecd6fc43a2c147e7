"""A demo project's ``params/<project>.yaml``."""

from __future__ import annotations

from smo_reports.world.operation import Operation

_PLANS = {
    "rca": '{every: "0 8 * * MON", period: week}',
    "brief": '{every: "0 8 1 * *", period: month}',
}


def params_text(operation: Operation) -> str:
    """Write the complete YAML of one demo project."""
    targets = "\n".join(f"  - {target}" for target in operation.targets)
    leads, viewers = operation.owners[0], ", ".join(("trust-and-safety", *operation.owners[1:]))
    plans = "".join(f"\n  {name}: {_PLANS[name]}" for name in operation.plans)
    return f"""\
project: {operation.name}
title: {operation.title}
time_zone: {operation.zone}
language: en
source: warehouse/
labels:
  violating: [{", ".join(operation.violating)}]
  benign: [{", ".join(operation.benign)}]
targets:
{targets}
reports:
  kpi: {{every: "0 7 * * MON", period: week, by: [policy, market]}}{plans}
freshness_hours: 192
access: {{leads: [{leads}], viewers: [{viewers}]}}
"""
