"""Every error a user can cause, and the search for the name they meant.

A message names the thing, the place and the cure:

>>> nearest("acuracy", ["accuracy", "throughput"])
"did you mean 'accuracy'?"
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SmoError(Exception):
    """Base of all errors that a user can cause and mend. The command line prints it without a traceback."""


class ProjectError(SmoError):
    """A project's YAML, or the workspace's ``smo.yaml``, breaks a rule."""


class ImportFileError(SmoError):
    """A file could not be imported as a whole; the warehouse is as it was."""


class WarehouseError(SmoError):
    """The warehouse cannot be read or written as asked."""


class SourceError(SmoError):
    """An engine or table that a project names cannot be read."""


class KpiError(SmoError):
    """An unknown KPI, or one asked for in a way that it cannot answer."""


class PeriodError(SmoError):
    """A period that cannot be understood."""


class ParameterError(SmoError):
    """A report's parameter is unknown or of the wrong type."""


class ReportError(SmoError):
    """A report's notebook is missing, malformed or failed while it ran."""


class LedgerError(SmoError):
    """The ledger of runs cannot be used as it is."""


class ExecutorError(SmoError):
    """The cluster that reports are to be made on cannot be used as it is."""


class AudienceError(SmoError):
    """A person's figures were about to reach somebody who may not see them."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant.

    Parameters
    ----------
    name : str
        What the user wrote.
    known : iterable of str
        What would have been right.

    Returns
    -------
    str
        ``did you mean 'x'?``, or ``known: a, b, c`` when nothing is near (at most 20 are listed).
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    listed = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    return f"known: {listed or 'none'}"
