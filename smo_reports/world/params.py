"""A demo project's ``params/<project>.yaml``."""

from __future__ import annotations

from smo_reports.world.operation import Operation, Queue

_PLANS = {
    "rca": '{every: "0 8 * * MON", period: week}',
    "brief": '{every: "0 8 1 * *", period: month}',
    "staffing": '{every: "0 9 * * MON", period: week}',
}
_COUNTRIES = {"Asia/Jakarta": "ID", "America/Sao_Paulo": "BR", "Europe/Berlin": "DE"}


def params_text(operation: Operation) -> str:
    """Write the complete YAML of one demo project."""
    targets = "\n".join(f"  - {target}" for target in operation.targets)
    leads, viewers = operation.owners[0], ", ".join(("trust-and-safety", *operation.owners[1:]))
    plans = "".join(f"\n  {name}: {_PLANS[name]}" for name in operation.plans)
    queues = "\n".join(f"    {queue.name}: {_promise(queue)}" for queue in operation.queues)
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
holidays: {_COUNTRIES[operation.zone]}
staffing:
  queues:
{queues}
freshness_hours: 192
access: {{leads: [{leads}], viewers: [{viewers}]}}
"""


def _promise(queue: Queue) -> str:
    """What a queue promises: a live one is taken up while somebody waits."""
    if queue.live:
        return f"{{kind: live, within_s: {round(3600 * queue.due_hours)}, service_level: 0.95}}"
    return f"{{kind: deferred, due_hours: {queue.due_hours:g}, service_level: 0.95}}"
