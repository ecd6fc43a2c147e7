"""Ten kills at random moments across batches of small reports: a sample of ``nox -s chaos``."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
KILLS, REPORTS, SEED = 10, 3, 46

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked, and found by /proc, on Linux only")


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of a short path, as sockets need it, with the study's modules at hand."""
    monkeypatch.syspath_prepend(str(FOLDER))
    with tempfile.TemporaryDirectory(prefix="ch-", dir="/tmp") as made:
        yield Path(made)


@pytest.mark.timeout(900)
def test_ten_kills_lose_double_and_halve_nothing(folder: Path) -> None:
    from chaos_kills import kill_at_random
    from chaos_workspace import Trial, end_all

    trial = Trial(folder, REPORTS)
    try:
        study = kill_at_random(trial, KILLS, SEED, latest=2.0)
    finally:
        end_all(trial)
    assert dict(trial.wrong) == {}, trial.examples
    assert sum(study.killed.values()) == KILLS
    assert study.came["pages made"] >= REPORTS
    assert set(trial.states().values()) == {"good"}


def test_the_study_sees_what_it_looks_for(folder: Path) -> None:
    """A page, a record or an entry that is not as it should be is counted: a study that is blind would pass too."""
    from chaos_kills import look_at_pages
    from chaos_workspace import Trial

    trial = Trial(folder, 1)
    assert trial.state("p00") == "none"
    made = trial.root / "reports" / "p00" / "light" / "2026-W46"
    made.mkdir(parents=True)
    page = made / "light.html"
    page.write_text("<html><p>[round 1]</p>")
    assert trial.state("p00") == "a half-written page"
    page.write_text("<html><p>[round 1]</p></html>")
    assert trial.state("p00") == "a page without its record"
    look_at_pages(trial, {"p00": "good"}, running=False)
    assert dict(trial.wrong) == {"a page without its record": 1, "good pages lost": 1}
    (made / ".light.html.0123abcd.part").touch()
    (trial.temporary / "tmpabc.json").touch()
    assert len(trial.leftovers()) == 2
