"""How long a batch should still take: worked by hand, and as the bar says it."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
from rich.console import Console

from smo_reports.commands.expected import Expected
from smo_reports.commands.progress import BatchBars
from smo_reports.project import find_workspace, load_project
from smo_reports.runs.plan import Job, plan_job
from smo_reports.runs.subject import of_project

from .test_runs import SHOW, write_notebook


class Clock:
    """Seconds that pass when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    (tmp_path / "smo.yaml").write_text("title: Trials\n")
    for folder in ("params", "notebooks"):
        (tmp_path / folder).mkdir()
    write_notebook(tmp_path, "kpi", [SHOW])
    workspace_jobs = []
    for name in ("a", "b", "c"):
        (tmp_path / "params" / f"{name}.yaml").write_text(f"project: {name}\ntitle: T\ntime_zone: UTC\n")
    workspace = find_workspace(tmp_path)
    for name in ("a", "b", "c"):
        subject = of_project(load_project(name, workspace))
        period = (dt.date(2026, 11, 9), dt.date(2026, 11, 16), "2026-W46")
        workspace_jobs.append(plan_job(workspace, subject, "kpi", *period))
    return workspace_jobs


def test_what_is_left_is_what_pages_took_lately_less_the_time_that_has_passed(jobs: list[Job]) -> None:
    clock = Clock()
    expected = Expected(jobs, {("a", "kpi"): 10.0, ("b", "kpi"): 20.0}, 2, clock)
    # The third was never made: as long as its like, 15 s. Of 45 s, two at a time.
    assert expected.left() == 22.5
    expected.begun(jobs[0])
    expected.begun(jobs[1])
    clock.now += 4
    assert expected.what_runs() == ["kpi of a, 2026-W46 (4 of some 10 s)", "kpi of b, 2026-W46 (4 of some 20 s)"]
    assert expected.left() == (6 + 16 + 15) / 2
    expected.ended(jobs[0])
    expected.ended(jobs[2])  # unchanged: it never ran
    assert expected.left() == 16
    clock.now += 100
    assert expected.left() == 0
    expected.ended(jobs[1])
    assert expected.left() is None
    assert expected.what_runs() == []


def test_nothing_is_promised_where_nothing_like_it_was_made(jobs: list[Job]) -> None:
    clock = Clock()
    expected = Expected(jobs, {("a", "rca"): 10.0}, 2, clock)
    expected.begun(jobs[0])
    clock.now += 3
    assert expected.left() is None
    assert expected.what_runs() == ["kpi of a, 2026-W46 (3 s)"]


@pytest.mark.parametrize(
    ("usual", "said"), [(0.2, "about 1 s to go"), (119.0, "about 119 s to go"), (600.0, "about 10 min to go")]
)
def test_the_bar_says_it(jobs: list[Job], usual: float, said: str) -> None:
    expected = Expected(jobs[:1], {("a", "kpi"): usual}, 1, Clock())
    drawn = io.StringIO()
    bars = BatchBars(expected, Console(file=drawn, width=80))
    task = bars.add_task("reports", total=1)
    expected.begun(jobs[0])
    bars.console.print(bars)
    bar, running = drawn.getvalue().splitlines()
    assert bar.endswith(said)
    assert running.strip() == f"kpi of a, 2026-W46 (0 of some {usual:.0f} s)"
    expected.ended(jobs[0])
    bars.advance(task)
    bars.console.print(bars)
    assert drawn.getvalue().count("to go") == 1
