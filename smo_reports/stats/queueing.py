"""Live queues, that are answered as they come: how long who arrives waits, and how many people a promise takes.

Work that may wait for hours is no such queue but a backlog: see ``backlog_flow``, or :func:`deferred_agents`.
All arguments are arrays that broadcast. Rates are items an hour; times are seconds.
"""

from __future__ import annotations

from smo_reports.stats.queueing_need import AgentsNeeded, agents_needed
from smo_reports.stats.queueing_wait import Waiting, deferred_agents, erlang_a, erlang_c

__all__ = ["AgentsNeeded", "Waiting", "agents_needed", "deferred_agents", "erlang_a", "erlang_c"]
