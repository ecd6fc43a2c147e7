"""A workspace of small but real reports, a program that runs them all, and what can be said of what they left.

Every project's one report executes in a kernel, shows an exhibit, starts a process that would outlive it, and says the
round that the rows name, so that a page tells by itself which round it is of. ``TMPDIR`` is the study's own: whatever
has it in its environment was started by the study, whatever lies in it was left by the programs.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from smo_reports.project import find_workspace
from smo_reports.runs.exhibits import MIME
from smo_reports.runs.ledger import Entry, Ledger, open_ledger
from smo_reports.runs.publish import digest
from smo_reports.runs.record import read_record

ROOT = Path(__file__).resolve().parents[1]
V4 = nbformat.v4
_LONGEST_PATH = 40
"""A kernel's sockets lie in TMPDIR, and a socket's path may have 107 bytes."""

PARAMETERS = 'project = ""\nstart = ""\nend = ""\n'
GRANDCHILD = """import subprocess
left = subprocess.Popen(["sleep", "600"], start_new_session=True)"""
SHOW = f"""import pyarrow.parquet as pq
from IPython.display import display
found = pq.read_table("rows/decisions.parquet").to_pylist()[0]["decision_id"]
said = {{"version": 1, "kind": "headline", "title": project, "columns": [], "rows": [], "text": found}}
page = {{"text/html": f"<header><h1>{{project}}</h1><p>[{{found}}]</p></header>", "text/plain": found}}
display({{**page, "{MIME}": said}}, raw=True)"""


def write_notebook(path: Path, *cells: str) -> None:
    """A report of these cells after the parameters."""
    first = V4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    nbformat.write(V4.new_notebook(cells=[first, *map(V4.new_code_cell, cells)]), path)


@dataclass
class Trial:
    """One workspace under trial.

    Parameters
    ----------
    folder : Path
        An empty one, of a short path.
    projects : int
    ledger : str
        As ``smo.yaml`` has it; empty for the file in the workspace.
    every : str
        The projects' cron line, if any.
    """

    folder: Path
    projects: int
    ledger: str = ""
    every: str = ""
    wrong: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    round: int = 0

    def __post_init__(self) -> None:
        if len(str(self.folder)) > _LONGEST_PATH:
            raise SystemExit(f"{self.folder}: too long a path for sockets; choose a shorter one with --folder")
        for name in ("tmp", "ws/notebooks", "ws/params", "ws/rows"):
            (self.folder / name).mkdir(parents=True)
        named = f"ledger: {json.dumps(self.ledger)}\n" if self.ledger else ""
        (self.root / "smo.yaml").write_text(f"title: Chaos\ncatch_up_hours: 200\n{named}")
        (self.root / "templates").symlink_to(ROOT / "templates")
        write_notebook(self.root / "notebooks" / "light.ipynb", GRANDCHILD, SHOW)
        for name in self.names:
            self.write_project(name)
        self.next_round()

    @property
    def root(self) -> Path:
        """The workspace."""
        return self.folder / "ws"

    @property
    def temporary(self) -> Path:
        """Where its programs keep what is temporary."""
        return self.folder / "tmp"

    @property
    def names(self) -> list[str]:
        """The projects."""
        return [f"p{number:02}" for number in range(self.projects)]

    @property
    def environment(self) -> dict[str, str]:
        """Of its programs."""
        mine = {name: value for name, value in os.environ.items() if name not in ("XDG_RUNTIME_DIR", "SMO_KERNELS")}
        return {**mine, "TMPDIR": str(self.temporary), "OPENBLAS_NUM_THREADS": "1"}

    def write_project(self, name: str, report: str = "light") -> None:
        """Plan a report for a project."""
        settings: dict[str, Any] = {
            "project": name,
            "title": name.upper(),
            "time_zone": "Asia/Jakarta",
            "source": "parquet:rows",
            "labels": {"violating": ["hate"], "benign": ["normal"]},
            "reports": {report: {"period": "week", **({"every": self.every} if self.every else {})}},
        }
        (self.root / "params" / f"{name}.yaml").write_text(yaml.safe_dump(settings))

    def next_round(self) -> None:
        """Other rows: every page is due again."""
        self.round += 1
        row = {"decision_id": self.said, "project": "any", "item_id": "i", "labeler_id": "L", "label": "hate"}
        aside = self.root / "rows.new"
        pq.write_table(pa.Table.from_pylist([row]), aside)
        aside.replace(self.root / "rows" / "decisions.parquet")

    @property
    def said(self) -> str:
        """What pages of this round say."""
        return f"round {self.round}"

    def count(self, what: str, example: object, times: int = 1) -> None:
        """Put on record something that must not be."""
        if times:
            self.wrong[what] += times
            self.examples.setdefault(what, str(example))

    # Programs

    def start(self, *more: str, **options: Any) -> subprocess.Popen[str]:
        """A program that makes what is due, two at a time, leader of a process group of its own."""
        command = [sys.executable, "-m", "smo_reports", "run", "--jobs", "2", "--json", *more]
        out = open(self.folder / "said", "w+")  # noqa: SIM115, PTH123 - the program's own
        with out:
            return subprocess.Popen(
                command, cwd=self.root, env=self.environment, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True, text=True, **options,
            )  # fmt: skip

    @property
    def output(self) -> str:
        """What the last program said."""
        return (self.folder / "said").read_text()

    def outcomes(self) -> list[dict[str, Any]]:
        """The last program's outcomes, in its own words."""
        text = self.output
        found: list[dict[str, Any]] = json.loads(text[text.index("{\n") :])["runs"]
        return found

    def processes(self) -> list[psutil.Process]:
        """All that the trial's programs started and that still runs, whoever its parent is now."""
        mark, found = f"TMPDIR={self.temporary}".encode(), []
        for environment in Path("/proc").glob("[0-9]*/environ"):
            # One that ended meanwhile; of one that has ended and was not waited for it is empty.
            with contextlib.suppress(OSError, psutil.Error):
                if mark in environment.read_bytes().split(b"\0"):
                    found.append(psutil.Process(int(environment.parent.name)))
        return found

    # Pages

    def folder_of(self, name: str) -> Path | None:
        """Where a project's page is."""
        return next(iter((self.root / "reports" / name / "light").glob("*")), None)

    def state(self, name: str) -> str:
        """How a project's page stands: ``good``, of a former round: ``old``, ``none``, or what is wrong with it."""
        folder = self.folder_of(name)
        if folder is None or not (folder / "light.html").exists():
            return "none"
        page = (folder / "light.html").read_bytes()
        if not page.rstrip().endswith(b"</html>"):
            return "a half-written page"
        record = read_record(folder / "light.json")
        if record is None:
            return "a page without its record"
        if {file: digest((folder / file).read_bytes()) for file in record.files} != record.files:
            return "a page that is not its record's"
        if (folder / "light.failed.json").exists():
            return "failed"
        return "good" if f"[{self.said}]".encode() in page else "old"

    def settled(self, name: str, *, running: bool) -> str:
        """The same; while a program runs it may be between two renames, which is looked at again."""
        for _ in range(1000 if running else 1):
            found = self.state(name)
            if found in ("good", "old", "none", "failed"):
                break
            time.sleep(0.01)
        return found

    def states(self, *, running: bool = False) -> dict[str, str]:
        """Of all projects."""
        return {name: self.settled(name, running=running) for name in self.names}

    def leftovers(self) -> list[str]:
        """Files that a program meant to remove."""
        aside = [str(path.relative_to(self.root)) for path in self.root.rglob(".*.part")]
        kernels = ("forked-kernels-*/*.log", "forked-kernels-*/*.lock", "forked-kernels-*/*.sock")
        kept = {path for one in kernels for path in self.temporary.glob(one)}
        below = [path for path in self.temporary.glob("*") if not path.name.startswith("forked-kernels-")]
        below += [path for path in self.temporary.glob("forked-kernels-*/*") if path not in kept]
        return aside + [str(path.relative_to(self.folder)) for path in below]

    # Ledger

    @contextlib.contextmanager
    def opened(self) -> Iterator[Ledger]:
        """The trial's ledger, as it is now."""
        ledger = open_ledger(find_workspace(self.root))
        try:
            yield ledger
        finally:
            ledger.engine.dispose()

    def entries(self) -> list[Entry]:
        """Every run, oldest first."""
        with self.opened() as ledger:
            return ledger.find(most=100_000)[::-1]

    def check_ledger_file(self) -> None:
        """Whether SQLite finds its file sound."""
        file = self.root / "ledger.sqlite"
        if not self.ledger and file.exists():
            with contextlib.closing(sqlite3.connect(file, timeout=60)) as connection:
                said = connection.execute("pragma integrity_check").fetchone()[0]
            self.count("a damaged ledger", said, said != "ok")


@contextlib.contextmanager
def trial_folder(below: Path | None) -> Iterator[Path]:
    """A folder that is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="ch-", dir=below))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def end_all(trial: Trial) -> None:
    """End whatever the trial started and still runs."""
    for process in trial.processes():
        with contextlib.suppress(psutil.Error):
            process.kill()


def until(what: Any, seconds: float = 120.0, pause: float = 0.1) -> bool:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True
