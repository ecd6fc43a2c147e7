"""One way to run a batch of reports, from a cold start, in the workspace that is the current folder.

Run by ``batches.py`` as ``python batch_ways.py WAY COUNT WORKERS``: ``forked`` and ``ordinary`` are this package's runs
with either kind of kernel, ``again`` is one of which nothing changed, ``papermill`` its API and nbconvert's in one
process, and ``floor`` the notebooks' code as plain functions.
"""

from __future__ import annotations

import ast
import os
import pickle
import sys
from pathlib import Path
from typing import Any

from batches import plan_batch

from smo_reports.runs.plan import Job

OUT = Path("out")


def by_our_runs(count: int, workers: int, *, force: bool) -> None:
    """Plan, execute, render and publish, as ``smo run`` does."""
    from smo_reports.runs.batch import run_jobs

    outcomes = run_jobs(plan_batch(Path(), count), workers, force=force)
    wanted = "succeeded" if force else "unchanged"
    failed = [f"{one.job.name}: {one.outcome} {one.error}" for one in outcomes if one.outcome not in {wanted, "stale"}]
    if failed:
        raise SystemExit("\n".join(failed))


def by_papermill(count: int) -> None:
    """papermill's and nbconvert's own API, one report after the other in one process."""
    import papermill
    from nbconvert import HTMLExporter

    for number, job in enumerate(plan_batch(Path(), count)):
        executed = OUT / f"{number}.ipynb"
        papermill.execute_notebook(
            str(job.notebook), str(executed), parameters=job.parameters, kernel_name="python3", progress_bar=False
        )
        page, _ = HTMLExporter(exclude_input=True).from_filename(str(executed))
        executed.with_suffix(".html").write_text(page)


def plan(count: int) -> None:
    """Write the floor's plan: making it uses libraries that do not survive a fork."""
    Path("plan.pickle").write_bytes(pickle.dumps(plan_batch(Path(), count)))


def by_plain_functions() -> None:
    """Fork, from one process that has imported everything, a plain function for each report."""
    import importlib

    import smo_reports.runs.render  # noqa: F401
    from smo_reports.runs.kernel import _STACK  # what forked kernels find imported, no more and no less

    for name in _STACK:
        importlib.import_module(name)
    for number, job in enumerate(pickle.loads(Path("plan.pickle").read_bytes())):
        child = os.fork()
        if not child:
            write_page(job, OUT / f"{number}.html")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            raise SystemExit(f"{job.name} failed as a plain function")


def write_page(job: Job, to: Path) -> None:
    """Run a notebook's code without a kernel, and write the same page and the same executed notebook."""
    import nbformat

    from smo_reports.runs.execute import prepare
    from smo_reports.runs.render import render_page

    notebook, names = prepare(job), dict[str, Any]()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown = run_cell(cell.source, names)
            if "parameters" in cell.metadata.get("tags", []):
                names.update(job.parameters)
            if shown is not None:
                cell.outputs = [nbformat.v4.new_output("display_data", data=shown._repr_mimebundle_())]
    page = render_page(notebook, job.root / "templates", title=job.name, language=job.subject.language)
    to.write_text(page)
    nbformat.write(notebook, to.with_suffix(".ipynb"))


def run_cell(source: str, names: dict[str, Any]) -> Any:
    """Execute a cell; gives the value of its last line."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def main() -> None:
    """Go the way that was named."""
    name, count, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    OUT.mkdir(exist_ok=True)
    if name in {"forked", "ordinary"}:
        os.environ["SMO_KERNELS"] = name
        by_our_runs(count, workers, force=True)
    elif name == "again":
        by_our_runs(count, workers, force=False)
    elif name == "papermill":
        by_papermill(count)
    elif name == "plan":
        plan(count)
    elif name == "floor":
        by_plain_functions()
    else:
        raise SystemExit(f"no way {name!r}")


if __name__ == "__main__":
    main()
