"""Runs with real kernels: what is published, what a failure leaves, and who may see what.

Kernels are slow to start, so one batch runs everything and each test looks at its part.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

import nbformat
import pytest

from smo_reports.project import find_workspace, load_project
from smo_reports.runs.batch import run_jobs
from smo_reports.runs.execute import RunError, execute
from smo_reports.runs.exhibits import MIME
from smo_reports.runs.ledger import open_ledger
from smo_reports.runs.plan import Job, is_due, plan_job
from smo_reports.runs.run import Outcome, run_job

TEMPLATES = Path(__file__).parents[1] / "templates"
V4 = nbformat.v4
PARAMETERS = 'project = ""\nstart = ""\nend = ""\nweeks: int | None = None\n'
SHOW = f"""from IPython.display import display
bundle = {{"text/plain": "<i>plain</i>", "text/html": "<header><h1>Demo</h1></header>"}}
said = {{"version": 1, "kind": "headline", "title": "Demo", "columns": [], "rows": [], "text": "Fine."}}
display({{**bundle, "{MIME}": said}}, raw=True)"""
PERSON = f"""from IPython.display import display
said = {{"version": 1, "kind": "chart", "title": "By person", "columns": ["labeler_id"], "rows": [["p-17"]]}}
display({{"text/html": "p-17", "{MIME}": said}}, raw=True)"""
HOSTILE = """import sys
print("<script>alert('printed')</script>", project, start, end, weeks)
print("\\x1b[31mred\\x1b[0m <b>warned</b>", file=sys.stderr)
display({"text/html": "<b id='stray'>from no exhibit</b>", "text/plain": "<script>plain</script>"}, raw=True)
display({"application/javascript": "alert(1)", "text/plain": "javascript"}, raw=True)"""
KERNEL = """import os
from ipykernel.kernelapp import IPKernelApp
print("kernel", sys.executable, os.getcwd(), IPKernelApp.instance().transport)"""
KILL = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
NOTEBOOKS: dict[str, list[Any]] = {
    "good": ["## First", SHOW, HOSTILE, KERNEL, ("lead", "print('for leads', 6 * 7)")],
    "raises": [SHOW, "## Second", "\n# Why\nraise ValueError('\\x1b[1mfirst\\nsecond')", "print('never')"],
    "killed": ["print('before')", "## Third", KILL],
    "people": [PERSON, ("lead", PERSON)],
    "leaver": [PERSON, "raise SystemExit(0)", "print('never')"],
    "unfit": ["display({'image/png': 5, 'text/html': ['a', 1]}, raw=True)"],
    "timeless": [SHOW.replace('"text": "Fine."', '"text": "", "facts": {"data_as_of": "yesterday", "stale": False}')],
    "half": ["print('half of \\ud83d')", "print('after')"],
    "much": ["for number in range(4000):\n    display({'text/plain': f'{number} ' + 200 * 'x'}, raw=True)"],
}


def write_notebook(root: Path, name: str, parts: list[Any]) -> None:
    cells = [V4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})]
    for part in parts:
        tags, source = ([part[0]], part[1]) if isinstance(part, tuple) else ([], part)
        make = V4.new_markdown_cell if source.startswith("##") else V4.new_code_cell
        cells.append(make(source, metadata={"tags": tags}))
    nbformat.write(V4.new_notebook(cells=cells), root / "notebooks" / f"{name}.ipynb")


def plan(root: Path, name: str, **more: Any) -> Job:
    workspace = find_workspace(root)
    start = dt.date(2026, 11, 9)
    end = dt.date(2026, 11, 16)
    return plan_job(workspace, load_project("demo", workspace), name, start, end, "2026-W46", **more)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("workspace")
    (root / "smo.yaml").write_text("title: Trials\n")
    (root / "params").mkdir()
    (root / "notebooks").mkdir()
    (root / "params" / "demo.yaml").write_text("project: demo\ntitle: Demo\ntime_zone: Asia/Jakarta\nlanguage: id\n")
    shutil.copytree(TEMPLATES, root / "templates")
    for name, parts in NOTEBOOKS.items():
        write_notebook(root, name, parts)
    return root


Batch = dict[str, Outcome]


@pytest.fixture(scope="module")
def batch(root: Path) -> Batch:
    jobs = [plan(root, name) for name in NOTEBOOKS]
    jobs.append(plan(root, "good", audience="lead", given={"weeks": "4"}))
    events: list[tuple[str, bool]] = []
    # Another environment's kernel, first on Jupyter's path, must not be taken.
    other = root / "share" / "kernels" / "python3"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text('{"argv": ["false"], "display_name": "Other", "language": "python"}')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(root / "share"))
        outcomes = run_jobs(jobs, 2, lambda job, outcome: events.append((job.stem, outcome is None)), waits=())
    assert [outcome.job for outcome in outcomes] == jobs
    assert sorted(events) == sorted((job.stem, started) for job in jobs for started in (True, False))
    return {outcome.job.stem: outcome for outcome in outcomes}


def left(outcome: Outcome) -> list[str]:
    return sorted(path.name for path in outcome.job.folder.iterdir())


def printed(path: Path) -> str:
    cells = json.loads(path.read_text())["cells"]
    return "".join("".join(output.get("text", "")) for cell in cells for output in cell.get("outputs", []))


def test_one_failure_does_not_stop_the_rest(batch: Batch) -> None:
    assert {name: outcome.outcome for name, outcome in batch.items()} == {
        "good": "succeeded",
        "good.what-if.weeks_4.lead": "succeeded",
        "raises": "failed",
        "killed": "failed",
        "people": "refused",
        "leaver": "failed",
        "unfit": "failed",
        "timeless": "failed",
        "half": "succeeded",
        "much": "succeeded",
    }


def test_what_no_notebook_and_no_page_can_hold_is_a_failure_in_words(batch: Batch) -> None:
    said = {name: batch[name].error for name in ("unfit", "timeless")}
    assert "unfit of demo, 2026-W46: a cell shows something that no notebook can hold" in said["unfit"]
    assert "exhibit 'Demo' gives data_as_of as 'yesterday'; give an ISO time" in said["timeless"]
    for name in said:
        assert json.loads(batch[name].job.failed_record.read_text())["error"] == said[name]
        assert not batch[name].job.page.exists()


def test_what_is_no_text_is_shown_as_far_as_it_is(batch: Batch) -> None:
    assert printed(batch["half"].job.executed) == "half of ?\nafter\n"


def test_nothing_of_much_output_is_dropped(batch: Batch) -> None:
    cells = json.loads(batch["much"].job.executed.read_text())["cells"]
    shown = [output["data"]["text/plain"] for cell in cells for output in cell.get("outputs", [])]
    assert [int("".join(text).split()[0]) for text in shown] == list(range(4000))


def test_page_copy_and_record_belong_together(batch: Batch) -> None:
    job = batch["good"].job
    stems = ("good", "good.what-if.weeks_4.lead")
    names = [f"{stem}.{ending}" for stem in stems for ending in ("html", "ipynb", "json")]
    assert left(batch["good"]) == names
    assert batch["good"].reason == "first run"
    assert is_due(job) == (False, "nothing changed")
    assert run_job(job).outcome == "unchanged"
    record = json.loads(job.record.read_text())
    assert record["parameters"] == {"project": "demo", "start": "2026-11-09", "end": "2026-11-16"}
    assert (record["start"], record["end"], record["period_label"]) == (
        "2026-11-09",
        "2026-11-16",
        "2026-W46",
    )


def test_hostile_text_stays_text(batch: Batch) -> None:
    page = batch["good"].job.page.read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert '<html lang="id">' in page
    assert page.count("<h1>") == 1
    assert "&lt;script&gt;alert(&#39;printed&#39;)&lt;/script&gt; demo 2026-11-09 2026-11-16 None" in page
    assert "&lt;script&gt;plain&lt;/script&gt;" in page
    assert "red &lt;b&gt;warned&lt;/b&gt;" in page
    for text in ("<script", "stray", "&lt;i&gt;plain", "\x1b", "alert(1)", "ansi", "import sys"):
        assert text not in page


def test_kernel_is_this_interpreter_in_the_workspace(batch: Batch, root: Path) -> None:
    transport = "tcp" if sys.platform == "win32" else "ipc"
    assert f"kernel {sys.executable} {root.resolve()} {transport}" in printed(batch["good"].job.executed)


def test_lead_cells_are_neither_run_nor_kept_for_others(batch: Batch) -> None:
    job, lead = batch["good"].job, batch["good.what-if.weeks_4.lead"].job
    assert "for leads 42" in lead.page.read_text()
    for path in (job.page, job.executed):
        assert "for leads" not in path.read_text()
    assert "2026-11-16 4" in lead.page.read_text()


def test_executed_copy_names_no_place_on_the_machine(batch: Batch, root: Path) -> None:
    executed = json.loads(batch["good"].job.executed.read_text())
    assert executed["metadata"]["papermill"]["parameters"]["project"] == "demo"
    assert str(root) not in json.dumps(executed["metadata"])


def test_failure_names_report_project_cell_and_cause(batch: Batch) -> None:
    outcome = batch["raises"]
    assert outcome.error == "raises of demo, 2026-W46: cell 4 (Second): ValueError: first"
    assert outcome.page is None
    assert left(outcome) == ["raises.failed.ipynb", "raises.failed.json"]
    assert "second" in outcome.job.failed_copy.read_text()
    assert json.loads(outcome.job.failed_record.read_text())["error"] == outcome.error


def test_a_killed_kernel_is_reported_and_leaves_what_it_did(batch: Batch) -> None:
    outcome = batch["killed"]
    assert outcome.error.startswith("killed of demo, 2026-W46: cell 4 (Third): the kernel died")
    assert "before" in printed(outcome.job.failed_copy)
    assert outcome.seconds < 30


def test_leaving_early_is_no_success(batch: Batch) -> None:
    assert "cell 3 (raise SystemExit(0)): the cell left with exit()" in batch["leaver"].error


def test_a_failed_copy_hides_a_persons_figures(batch: Batch) -> None:
    copy = json.loads(batch["leaver"].job.failed_copy.read_text())
    assert [cell["outputs"] for cell in copy["cells"] if cell["cell_type"] == "code"] == [[], [], [], [], []]


def test_a_persons_figures_are_not_published(batch: Batch) -> None:
    outcome = batch["people"]
    assert "exhibit 'By person' is split by 'labeler_id', a person" in outcome.error
    assert left(outcome) == ["people.failed.json"]
    assert "p-17" not in outcome.job.failed_record.read_text()


def test_a_later_failure_keeps_the_good_page_and_a_later_success_clears_it(batch: Batch, root: Path) -> None:
    before = batch["good"].job.page.read_bytes()
    job = plan(root, "good")
    job.notebook.write_text("no notebook")
    failed = run_job(job, force=True)
    assert (failed.outcome, failed.reason) == ("failed", "asked for")
    assert "not a notebook" in failed.error
    assert left(failed)[:2] == ["good.failed.json", "good.html"]
    assert failed.page is not None
    assert failed.page.read_bytes() == before
    assert is_due(failed.job) == (True, "the last run failed")
    write_notebook(root, "good", [SHOW])
    mended = run_job(plan(root, "good"))
    assert (mended.outcome, mended.reason) == ("succeeded", "the last run failed")
    assert not [name for name in left(mended) if "failed" in name]
    assert mended.job.page.read_bytes() != before


def test_a_deadline_is_the_whole_reports(root: Path) -> None:
    write_notebook(root, "slow", ["import time\ntime.sleep(1)"] * 40)
    with pytest.raises(RunError, match=r"cell \d \(.*\): the report took longer than 5 s; narrow its period"):
        execute(plan(root, "slow", timeout=5))


PARENT = "import os, sys; print('from', open(f'/proc/{os.getppid()}/comm').read(), 'narwhals' in sys.modules)"


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are not forked here")
@pytest.mark.parametrize(("kernels", "forked"), [("", True), ("ordinary", False)])
def test_a_report_is_executed_by_a_forked_kernel_and_has_only_its_memory(
    root: Path, monkeypatch: pytest.MonkeyPatch, kernels: str, forked: bool
) -> None:
    monkeypatch.setenv("SMO_KERNELS", kernels)
    write_notebook(root, "greedy", [PARENT, "import numpy\nmany = numpy.ones(1 << 28)"])
    with pytest.raises(
        RunError, match=r"cell 3 \(.*\): MemoryError: .*; it may have 1.5 GB: allow more with"
    ) as failed:
        execute(plan(root, "greedy", memory=1_500_000_000))
    (said,) = [cell.outputs[0].text for cell in failed.value.notebook.cells if cell.source == PARENT]
    assert ("from kernel-guardian" in said, "True" in said) == (forked, forked)


def test_a_stopped_run_does_not_start_another_cell(root: Path) -> None:
    write_notebook(root, "waits", ["print(1)"])
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(RunError, match="stopped before it was done; run it again"):
        execute(plan(root, "waits"), stopped)


def test_what_may_pass_is_tried_again_and_what_cannot_is_not(root: Path) -> None:
    count = "import pathlib; tried = pathlib.Path('tried-{name}'); tried.write_text(tried.exists() * 'x' + 'x')"
    away = "if len(tried.read_text()) < 2: raise ConnectionError('the server is away')"
    write_notebook(root, "passes", [count.format(name="passes"), away, "print('done')"])
    write_notebook(root, "stays", [count.format(name="stays"), "raise ValueError('wrong')"])
    workspace = find_workspace(root)
    ledger = open_ledger(workspace)
    again = run_job(plan(root, "passes"), ledger=ledger, waits=(0.01, 0.01))
    once = run_job(plan(root, "stays"), ledger=ledger, waits=(0.01, 0.01))
    assert (again.outcome, once.outcome) == ("succeeded", "failed")
    assert (root / "tried-passes").read_text() == "xx"
    assert (root / "tried-stays").read_text() == "x"
    found = [(entry.report, entry.attempt, entry.outcome) for entry in reversed(ledger.find())]
    assert found == [("passes", 1, "failed"), ("passes", 2, "succeeded"), ("stays", 1, "failed")]
    assert not plan(root, "passes").failed_record.exists()
