"""Where reports are made: by processes of this machine, or on a cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from smo_reports.project import Workspace
from smo_reports.pseudonyms import workspace_key
from smo_reports.runs.make import Maker, make_here
from smo_reports.runs.plan import Job


@contextlib.contextmanager
def makers(executor: str, workspace: Workspace, jobs: Sequence[Job], most: int | None) -> Iterator[tuple[Maker, int]]:
    """Who makes a batch's pages, and how many at once.

    Parameters
    ----------
    executor : str
        Empty for what ``smo.yaml`` says.
    workspace : Workspace
    jobs : sequence of Job
    most : int or None
        How many at once; by default ``jobs`` in ``smo.yaml``, on a cluster as many as its workers have threads.

    Raises
    ------
    ExecutorError
        When the cluster cannot be used; nothing was run.
    """
    executor = executor or workspace.executor
    if executor == "local":
        yield make_here, most or workspace.jobs
        return
    from smo_reports.runs.cluster.client import opened

    workspace_key(workspace.root)  # or each worker would make one of its own
    with opened(executor, workspace, jobs) as cluster:
        if cluster is None:
            yield make_here, most or workspace.jobs
        else:
            yield cluster.make, most or cluster.threads
