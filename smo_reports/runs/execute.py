"""Execute a report's notebook with papermill, and say in one line what failed when it does."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from smo_reports.errors import ReportError
from smo_reports.runs.kernel import ENGINE, KERNEL, StoppedError
from smo_reports.runs.plan import Job
from smo_reports.words import catalogue

START_S = 60
"""How long a kernel may take to start, in seconds."""

_OUT_OF_MEMORY = {"MemoryError", "OutOfMemoryException", "ArrowMemoryError"}
"""How Python and numpy, DuckDB, and Arrow call it."""
_ANSI = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*(\x07|\x1b\\\\)?)|[\x00-\x08\x0b-\x1f]")
"""Colours, titles for a terminal's window, and whatever else it would obey."""


_PASSING = frozenset(
    {
        "BrokenPipeError",
        "ConnectionAbortedError",
        "ConnectionError",
        "ConnectionRefusedError",
        "ConnectionResetError",
        "InterfaceError",
        "OperationalError",
        "TimeoutError",
    }
)
"""What a cell raises when a server is away: the same cell may work a little later."""


class RunError(ReportError):
    """A notebook failed while it ran.

    Attributes
    ----------
    notebook : NotebookNode
        What was done until then.
    may_pass : bool
        Whether the same run may succeed a little later: a server was away, or the kernel was stopped from outside.
    """

    def __init__(self, message: str, notebook: NotebookNode, *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.notebook, self.may_pass = notebook, may_pass


def has_tag(cell: NotebookNode, tag: str) -> bool:
    """Whether a cell is tagged so."""
    return tag in cell.metadata.get("tags", [])


def prepare(job: Job) -> NotebookNode:
    """Read a job's notebook, without outputs and without the cells that its audience may not see.

    Raises
    ------
    ReportError
        When the file is no notebook.
    """
    try:
        notebook: NotebookNode = nbformat.read(job.notebook, as_version=4)  # type: ignore[no-untyped-call]
        # Cells of old notebooks have no ids, by which a failure is traced to the number that a reader counts.
        notebook = nbformat.v4.upgrade(notebook)  # type: ignore[no-untyped-call]
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, OSError, AttributeError) as error:
        said = str(error).splitlines()[0][:200]
        raise ReportError(f"{job.notebook}: not a notebook ({said}); open and save it in Jupyter") from None
    say = catalogue(job.subject.language)
    for number, cell in enumerate(notebook.cells, start=1):
        cell.metadata["smo"] = {"cell": number}
        if cell.cell_type == "markdown":
            cell.source = say.prose(cell.source)
    if job.audience != "lead":
        notebook.cells = [cell for cell in notebook.cells if not has_tag(cell, "lead")]
    return notebook


def execute(job: Job, stopped: threading.Event | None = None) -> NotebookNode:
    """Execute a job's notebook in the workspace's folder.

    Parameters
    ----------
    job : Job
    stopped : threading.Event, optional
        Once set, the run fails before its next cell.

    Returns
    -------
    NotebookNode
        With outputs; nothing is written.

    Raises
    ------
    RunError
        When a cell raised, ended the kernel or took too long; it names report, project, cell and cause.
    ReportError
        When the file is no notebook.
    """
    kept: list[NotebookNode] = []
    notebook = prepare(job)
    may_pass, began = False, time.monotonic()
    try:
        papermill.execute_notebook(
            notebook,
            None,
            parameters=job.parameters,
            engine_name=ENGINE,
            kernel_name=KERNEL,
            language="python",
            progress_bar=False,
            log_output=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            start_timeout=START_S,
            keep=kept,
            seconds=job.timeout,
            memory=job.memory,
            folder=str(job.root),
            stopped=stopped or threading.Event(),
        )
    except PapermillExecutionError as error:
        cause = f"{error.ename}: {_one_line(error.evalue)}"
        may_pass = error.ename in _PASSING
        if job.memory and error.ename in _OUT_OF_MEMORY:
            cause += f"; it may have {job.memory / 1e9:.3g} GB: allow more with --memory, or report_memory in smo.yaml"
    except StoppedError:
        cause = "stopped before it was done; run it again"
    except CellTimeoutError:
        cause = f"the report took longer than {job.timeout:g} s; narrow its period or allow more time"
        if time.monotonic() - began < job.timeout:
            cause = "what the cell shows did not arrive in time; it shows more than a page can hold"
    except DeadKernelError:
        cause = "the kernel died; it ran out of memory, crashed or was stopped from outside"
        may_pass = True
    except (RuntimeError, TimeoutError) as error:
        cause = f"the kernel did not start ({_one_line(str(error))}); is ipykernel installed?"
        may_pass = True
    else:
        cause = _ended_early(kept[0])
    executed = _without_machine(kept[0] if kept else notebook, job)
    if cause:
        raise RunError(f"{job.name}: {_where(executed)}: {cause}", executed, may_pass=may_pass)
    return executed


def _one_line(text: str) -> str:
    # Not cut here: half of a secret would not be known for one any more.
    lines = _ANSI.sub("", text).strip().splitlines()
    return lines[0] if lines else "no message"


def _ended_early(notebook: NotebookNode) -> str:
    """Name the cause when papermill calls a run complete that is not: a cell left with ``exit()``."""
    for cell in notebook.cells:
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return "the cell left with exit(), so the cells after it did not run"
    return ""


def _where(notebook: NotebookNode) -> str:
    """Name the last cell that was started: its number in the notebook, and its heading or first line."""
    heading, found = "", "before the first cell"
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = _heading(cell.source.splitlines()) or heading
        elif cell.cell_type == "code" and cell.metadata.get("papermill", {}).get("start_time"):
            lines = [line for line in cell.source.splitlines() if line.strip()]
            number = cell.metadata.get("smo", {}).get("cell")
            what = heading or (lines[0].strip() if lines else "")
            found = f"cell {number} ({what})" if number else "the injected parameters"
    return found


def _heading(lines: Iterable[str]) -> str:
    return next((line.lstrip("#").strip() for line in lines if line.startswith("#")), "")


def _without_machine(notebook: NotebookNode, job: Job) -> NotebookNode:
    """Keep of papermill's notes only what says nothing about the machine."""
    noted = notebook.metadata.get("papermill", {})
    notebook.metadata["papermill"] = {
        "parameters": job.parameters,
        **{key: noted[key] for key in ("start_time", "end_time", "duration", "version") if key in noted},
    }
    return notebook
