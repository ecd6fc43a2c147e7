"""Reports on a Dask cluster: a scheduler and workers of the command line, in processes of their own."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

pytest.importorskip("distributed", reason="the extra dask is not installed")

from smo_reports.cli import app
from smo_reports.commands.executor import makers
from smo_reports.commands.reports import Wanted, plan_reports
from smo_reports.commands.schedule import Scheduler
from smo_reports.errors import ExecutorError
from smo_reports.project import Workspace, find_workspace
from smo_reports.runs.batch import run_jobs
from smo_reports.runs.cluster.client import scheduler_address
from smo_reports.runs.cluster.parcel import pack
from smo_reports.runs.cluster.worker import Build
from smo_reports.runs.ledger import Asked, Ledger, open_ledger
from smo_reports.runs.run import Outcome

TEMPLATES = Path(__file__).parents[1] / "templates"
V4 = nbformat.v4
PARAMETERS = 'project = ""\nstart = ""\nend = ""\n'
# Its client, the worker: a forked kernel's own parent is the process that it was forked from.
SLOW = """import os, time
from pathlib import Path
flag = Path(os.environ["SMO_TRIAL"]) / project
flag.open("a").write(f"{os.environ['JPY_PARENT_PID']}\\n")
while not flag.with_suffix(".go").exists():
    time.sleep(0.05)
print("done")"""
DEADLY = """import os, signal
os.kill(int(os.environ["JPY_PARENT_PID"]), signal.SIGKILL)
import time
time.sleep(60)"""
NOTEBOOKS = {
    "good": ["## First", "print('six times seven', 6 * 7)", "print(sorted(os.listdir('rows')))"],
    "slow": [SLOW, "print('after')"],
    "deadly": [DEADLY],
    "raises": ["print('before')", "raise ValueError('no good')"],
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = tmp_path / "workspace"
    for name in ("params", "notebooks", "rows"):
        (root / name).mkdir(parents=True)
    (root / "smo.yaml").write_text("title: Trials\nledger: ''\n")
    for project in ("a", "b"):
        (root / "params" / f"{project}.yaml").write_text(
            f"project: {project}\ntitle: T\ntime_zone: UTC\nsource: 'parquet:rows'\n"
        )
    pq.write_table(pa.table({"decision_id": ["1"]}), root / "rows" / "decisions.parquet")
    shutil.copytree(TEMPLATES, root / "templates")
    for name, parts in NOTEBOOKS.items():
        cells = [V4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), V4.new_code_cell("import os")]
        cells += [(V4.new_markdown_cell if part.startswith("##") else V4.new_code_cell)(part) for part in parts]
        nbformat.write(V4.new_notebook(cells=cells), root / "notebooks" / f"{name}.ipynb")
    return find_workspace(root)


class Dask:
    """A scheduler and workers, started from the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.programs = folder, []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.executor = f"dask://127.0.0.1:{self.port}"
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")

    def start(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        # Ordinary kernels, which here start faster: each worker would import what reports use for a report or two.
        usual = {"SMO_TRIAL": str(self.folder), "SMO_KERNELS": "ordinary", "PYTHONWARNINGS": "ignore"}
        environment = {**os.environ, **usual, **more}
        with (self.folder / f"{words[0]}-{len(self.programs)}.log").open("wb") as log:
            program = subprocess.Popen(
                [sys.executable, "-m", "dask", *words], env=environment, stdout=log, stderr=log, cwd=self.folder
            )
        self.programs.append(program)
        return program

    def worker(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        """A worker of one thread, under its nanny unless told otherwise."""
        local = ("--local-directory", str(self.folder), "--no-dashboard", "--nthreads", "1", "--host", "127.0.0.1")
        return self.start("worker", f"tcp://127.0.0.1:{self.port}", *local, *words, **more)

    def ready(self, workers: int) -> Dask:
        from distributed import Client

        with Client(f"tcp://127.0.0.1:{self.port}", timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
        return self


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    cluster = Dask(tmp_path)
    yield cluster
    for program in cluster.programs:
        for one in (*psutil.Process(program.pid).children(recursive=True),) if program.poll() is None else ():
            one.kill()
        program.kill()
        program.wait()


def run(
    workspace: Workspace, dask: Dask, *reports: str, projects: tuple[str, ...] = ("a",), **more: Any
) -> tuple[dict[str, Outcome], Ledger]:
    jobs = plan_reports(workspace, Wanted(reports, projects, "2026-W46"))
    ledger = open_ledger(workspace)
    with makers(dask.executor, workspace, jobs, None) as (maker, workers):
        outcomes = run_jobs(jobs, workers, ledger=ledger, asked=Asked("tester"), maker=maker, waits=(), **more)
    return {f"{outcome.job.report} {outcome.job.subject.name}": outcome for outcome in outcomes}, ledger


def until(true: Callable[[], object], what: str) -> None:
    late = time.monotonic() + 60
    while not true():
        assert time.monotonic() < late, what
        time.sleep(0.05)


def test_pages_are_those_of_a_local_run(workspace: Workspace, dask: Dask) -> None:
    dask.worker(SMO_KERNELS="forked")
    dask.ready(1)
    begun = []
    outcomes, ledger = run(workspace, dask, "good", "raises", on_event=lambda job, end: begun.append((job.stem, end)))
    assert (outcomes["good a"].outcome, outcomes["good a"].error) == ("succeeded", "")
    assert outcomes["raises a"].outcome == "failed"
    assert "cell 4 (raise ValueError('no good')): ValueError: no good" in outcomes["raises a"].error
    assert begun[0] == ("good", None)
    [good] = ledger.find(reports=["good"])
    assert good.host.startswith(f"{socket.gethostname()} tcp://127.0.0.1:")
    assert (good.outcome, good.asked_by, good.pid != os.getpid()) == ("succeeded", "tester", True)
    page = outcomes["good a"].job.page.read_text()
    assert "decisions.parquet" in page
    failed = json.loads(outcomes["raises a"].job.failed_copy.read_text())
    assert "before\n" in [
        text for cell in failed["cells"] for one in cell.get("outputs", []) for text in one.get("text", [])
    ]
    again, _ = run(workspace, dask, "good")
    assert again["good a"].outcome == "unchanged"
    [local] = run_jobs([outcomes["good a"].job], force=True)
    assert local.outcome == "succeeded"

    def told(text: str) -> str:
        return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.+Z]+|(?<=id=)[\"'\w-]+", "", text)

    assert told(local.job.page.read_text()) == told(page)


def test_a_worker_that_is_killed_costs_its_own_report(workspace: Workspace, dask: Dask) -> None:
    for _ in range(2):
        dask.worker("--no-nanny")
    dask.ready(2)
    flag = dask.folder / "a"

    def kill() -> None:
        until(flag.exists, "the report did not begin")
        os.kill(int(flag.read_text()), signal.SIGKILL)
        (dask.folder / "a.go").touch()

    killer = threading.Thread(target=kill)
    killer.start()
    outcomes, ledger = run(workspace, dask, "slow", "good")
    killer.join()
    assert {name: outcome.outcome for name, outcome in outcomes.items()} == {
        "slow a": "succeeded",
        "good a": "succeeded",
    }
    second, first = ledger.find(reports=["slow"])
    assert (first.outcome, first.attempt, second.outcome, second.attempt) == ("failed", 1, "succeeded", 2)
    assert first.error == f"its worker was lost: {first.host}; another one began it again"
    assert first.host != second.host
    [page] = outcomes["slow a"].job.folder.glob("*.html")
    assert page == outcomes["slow a"].page


def test_a_report_that_kills_every_worker_ends(workspace: Workspace, dask: Dask) -> None:
    dask.worker()
    dask.ready(1)
    outcomes, ledger = run(workspace, dask, "deadly", "good")
    assert outcomes["deadly a"].outcome == "failed"
    assert "3 workers were lost while they made it" in outcomes["deadly a"].error
    assert outcomes["good a"].outcome == "succeeded"
    assert [entry.attempt for entry in ledger.find(reports=["deadly"])] == [3, 2, 1]


def test_a_stopped_batch_stops_its_workers(workspace: Workspace, dask: Dask) -> None:
    """Ctrl-C: the page is not published, and the worker ends with its current cell."""
    dask.worker()
    dask.ready(1)
    smo = [sys.executable, "-m", "smo_reports", "run", "slow", "--project", "a", "--period", "2026-W46"]
    command = subprocess.Popen(
        [*smo, "--executor", dask.executor],
        cwd=workspace.root,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # What a shell starts in the background ignores Ctrl-C, and so does whatever that starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until((dask.folder / "a").exists, "the report did not begin")
    command.send_signal(signal.SIGINT)
    command.communicate(timeout=240)
    assert command.returncode != 0
    [entry] = open_ledger(workspace).find(reports=["slow"])
    assert entry.outcome == "cancelled"
    (dask.folder / "a.go").touch()
    (dask.folder / "b.go").touch()
    outcomes, _ = run(workspace, dask, "slow", projects=("b",))
    assert outcomes["slow b"].outcome == "succeeded"
    assert not list((workspace.root / "reports" / "a").rglob("*.html"))


def test_a_scheduler_that_goes_loses_nothing_that_was_made(workspace: Workspace, dask: Dask) -> None:
    dask.worker()
    dask.ready(1)

    def kill() -> None:
        until((dask.folder / "a").exists, "the report did not begin")
        dask.scheduler.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    outcomes, _ = run(workspace, dask, "good", "slow")
    killer.join()
    assert outcomes["good a"].outcome == "succeeded"
    assert outcomes["slow a"].outcome == "failed"
    assert f"the scheduler tcp://127.0.0.1:{dask.port} is gone" in outcomes["slow a"].error
    # Nobody waits for it any more: the worker gives it up.
    (dask.folder / "a.go").touch()
    assert not list((workspace.root / "reports").rglob("slow.html"))


def test_a_worker_that_does_not_see_the_rows(workspace: Workspace, dask: Dask, tmp_path: Path) -> None:
    worker = dask.worker(SMO_WORKSPACE=str(tmp_path / "elsewhere"))
    dask.ready(1)
    with pytest.raises(
        ExecutorError, match=r"worker \S+ tcp://\S+ does not see the rows of project 'a': .*/elsewhere/"
    ):
        run(workspace, dask, "good")
    assert not (workspace.root / "reports").exists()
    assert worker.poll() is None
    # The same rows under another path are seen.
    shutil.copytree(workspace.root / "rows", tmp_path / "elsewhere" / "rows")
    outcomes, _ = run(workspace, dask, "good")
    assert outcomes["good a"].outcome == "succeeded"


def test_a_worker_with_another_package_is_refused(workspace: Workspace, dask: Dask, tmp_path: Path) -> None:
    other = tmp_path / "other"
    package = Path(sys.modules["smo_reports"].__file__ or "").parent
    shutil.copytree(package, other / "smo_reports", ignore=shutil.ignore_patterns("__pycache__", "carried"))
    changed = other / "smo_reports" / "errors.py"
    changed.write_text(changed.read_text() + "# changed\n")
    dask.worker(PYTHONPATH=str(other))
    dask.ready(1)
    with pytest.raises(ExecutorError, match="has other files of smo-reports"):
        run(workspace, dask, "good")
    assert not (workspace.root / "reports").exists()


def test_how_builds_differ() -> None:
    here = Build("3.12", "1.2.0", "c")
    assert here.differs(here, "worker w") == ""
    assert "Python 3.11, this program 3.12" in here.differs(Build("3.11", "1.2.0", "c"), "worker w")
    assert "pip install smo-reports==1.2.0" in here.differs(Build("3.12", "1.1.0", "d"), "worker w")


def closed_port() -> int:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return int(closed.getsockname()[1])


def test_a_schedule_waits_for_its_cluster(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smo_reports.runs.cluster.client.CONNECT_S", 0.5)
    settings = workspace.root / "params" / "a.yaml"
    settings.write_text(settings.read_text() + "reports:\n  good: {every: '0 7 * * MON', period: week}\n")
    (workspace.root / "smo.yaml").write_text(f"executor: dask://127.0.0.1:{closed_port()}\n")
    log: list[str] = []
    scheduler = Scheduler(workspace.root, log.append)
    monday = dt.datetime(2026, 11, 23, 7, 0, 30, tzinfo=dt.UTC)
    assert scheduler.tick(monday) == []
    assert "good of a cannot be run and is tried again in 30 s: no scheduler answers at tcp://127.0.0.1" in log[0]
    assert scheduler.troubled
    assert not scheduler.leases.done(["slot:a/good@2026-11-23T07:00+00:00"])
    # And here after all.
    scheduler.executor = "local"
    outcomes = scheduler.tick(monday + dt.timedelta(seconds=31))
    assert {outcome.outcome for outcome in outcomes} == {"succeeded"}


def test_the_commands_of_the_page_are_commands() -> None:
    page = (Path(__file__).parents[1] / "docs" / "more-machines.md").read_text("utf-8")
    for command in ("scheduler", "worker"):
        said = re.search(rf"^dask {command} .*$", page, re.MULTILINE)
        assert said
        shown = subprocess.run(
            [sys.executable, "-m", "dask", command, "--help"], capture_output=True, text=True, check=True
        ).stdout
        for option in re.findall(r"--[a-z-]+", said[0]):
            assert option in shown, option
    for address in re.findall(r"dask://[0-9.:]+", page):
        assert scheduler_address(address) == "tcp://10.0.0.5:8786"
    for words in (["run"], ["schedule"]):
        shown = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
        assert "--executor" in shown


def test_an_address_that_is_none(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("dask://", "tcp://10.0.0.5:8786", "dask://u:p@host:1", "dask://host"):
        with pytest.raises(ExecutorError, match="write it like dask://"):
            scheduler_address(wrong)
    jobs = plan_reports(workspace, Wanted(("good",), ("a",), "2026-W46"))
    monkeypatch.setattr("smo_reports.runs.cluster.client.CONNECT_S", 0.5)
    executor = f"dask://127.0.0.1:{closed_port()}"
    with pytest.raises(ExecutorError, match="no scheduler answers"), makers(executor, workspace, jobs, None):
        pass


def test_the_ledgers_address_does_not_travel(workspace: Workspace) -> None:
    (workspace.root / "smo.yaml").write_text("ledger: postgresql://u:s3cret-word@db/${LEDGER}\nmemory: 1GB\n")
    jobs = plan_reports(workspace, Wanted(("good",), ("a",), "2026-W46"))
    parcel = pack(workspace.root, jobs)
    archive = zipfile.ZipFile(io.BytesIO(parcel.content))
    sent = archive.read("smo.yaml").decode()
    assert "s3cret-word" not in sent
    assert "${LEDGER}" in sent
    assert {"notebooks/good.ipynb", "params/a.yaml"} <= set(archive.namelist())
    assert "params/b.yaml" not in archive.namelist()
    assert parcel == pack(workspace.root, jobs)
    assert "s3cret" not in repr(parcel)
