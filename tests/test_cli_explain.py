"""``smo explain`` as people type it: on a file of anybody's, on a project, and what it says of mistakes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smo_reports.cli import run_app
from smo_reports.project import Workspace


def smo(*words: str) -> int:
    sys.argv = ["smo", *words]
    return run_app()


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Audits in which a tool broke in week 47; written as CSV and as Parquet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", sys.argv)
    random = np.random.default_rng(3)
    table = pd.DataFrame({"week": np.repeat([46, 47], 4000), "tool": random.choice(["t1", "t2", "=cmd()"], 8000)})
    table["who"], table["weigh"] = random.integers(0, 30, 8000), 1.0
    broken = (table["week"] == 47) & (table["tool"] == "=cmd()")
    table["good"] = (random.random(8000) < np.where(broken, 0.8, 0.95)).astype(int)
    table.to_csv("audits.csv", index=False)
    table.to_parquet("audits.parquet", index=False)
    return table


ASKED = ("--before", "46", "--after", "47", "--outcome", "good", "--period-column", "week", "--labeler", "who")


@pytest.mark.parametrize("name", ["audits.csv", "audits.parquet"])
def test_a_file_is_explained(rows: pd.DataFrame, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert smo("explain", name, *ASKED, "-d", "tool") == 0
    said = capsys.readouterr().out
    assert "tool =cmd(): -" in said
    assert "1. tool =cmd(): rate" in said
    means = 100 * rows.groupby("week")["good"].mean()
    assert f"good: {means[46]:.2f} % in 46 (n=4,000), {means[47]:.2f} % in 47 (n=4,000)" in said


def test_json_carries_the_same_numbers(rows: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    assert smo("explain", "audits.csv", *ASKED, "--weight", "weigh", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    change = rows.loc[rows["week"] == 47, "good"].mean() - rows.loc[rows["week"] == 46, "good"].mean()
    assert found["change"] == pytest.approx(change)
    assert sum(part["value"] for part in found["parts"]) == pytest.approx(change, abs=1e-12)
    assert found["findings"][0]["segment"] == {"tool": "=cmd()"}
    assert found["findings"][0]["rate_after"] == pytest.approx(0.8, abs=0.03)


def test_json_says_how_many_rows_and_what_came_nearest(rows: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    assert smo("explain", "audits.csv", *ASKED, "-d", "tool", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    own = rows.groupby("week")["good"].mean()
    assert (found["n_before"], found["n_after"]) == (4000, 4000)
    assert (found["rate_before"], found["rate_after"]) == pytest.approx((own[46], own[47]))
    assert (found["before"], found["after"], found["nearest"]) == (46, 47, None)
    rows.assign(good=rows["good"].where(rows["tool"] != "=cmd()", 1)).to_csv("quiet.csv", index=False)
    assert smo("explain", "quiet.csv", *ASKED, "-d", "tool", "--format", "json") == 0
    quiet = json.loads(capsys.readouterr().out)
    assert quiet["findings"] == []
    assert quiet["nearest"]["low"] < 0 < quiet["nearest"]["high"]
    assert quiet["nearest"]["more_rows"] >= 1
    assert quiet["answer"].startswith("No cause found in ")


def test_the_floor_and_the_roles_are_asked_for_as_in_python(
    rows: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("explain", "audits.csv", *ASKED, "-d", "tool", "--format", "json")
    assert smo(*asked, "--material", "0.2") == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
    assert smo(*asked, "--measured-by", "tool") == 0
    assert json.loads(capsys.readouterr().out)["findings"][0]["kind"] == "measurement"
    tally = pd.concat([rows, rows.assign(tool="t3")]).value_counts(["week", "tool"]).rename("n").reset_index()
    tally.to_csv("work.csv", index=False)
    assert smo(*asked, "--population", "work.csv", "--population-weight", "n") == 0
    unaudited = json.loads(capsys.readouterr().out)["unaudited"]
    where = [{"column": "tool", "value": "t3", "share": 0.5}]
    assert unaudited == {"before": 0.5, "after": 0.5, "where": where}
    new = rows.assign(tool=rows["tool"].where((rows["week"] == 46) | (rows["tool"] != "t1"), "t9"))
    new.to_csv("audits.csv", index=False)
    assert smo(*asked, "--work", "tool") == 0
    assert "entered" in [part["name"] for part in json.loads(capsys.readouterr().out)["parts"]]


def test_all_work_as_a_second_file(rows: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    assert smo("explain", "audits.csv", *ASKED, "-d", "tool", "--population", "audits.parquet") == 0
    assert "not separable" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain",), "smo: explain what? name a FILE, or a project with --project"),
        (("explain", "audits.csv"), "smo: audits.csv: which periods? add --before and --after, values of 'period'"),
        (("explain", "audits.csv", "--project", "p"), "smo: --project does not go with a file; leave out --project"),
        (("explain", "audits.csv", *ASKED, "--kpi", "accuracy"), "smo: --kpi does not go with a file"),
        (("explain", "audits.csv", *ASKED, "--period", "2026-W46"), "smo: --period does not go with a file"),
        (("explain", "--project", "p", "--after", "B"), "smo: --after does not go with a project; leave it out; --per"),
        (("explain", "--project", "p", "--outcome", "c"), "--outcome does not go with a project; leave it out; --kpi"),
        (("explain", "--project", "p", "--material", "0.1"), "leave it out; its floor is materiality in params/"),
        (("explain", "--project", "p", "--work", "a"), "--work does not go with a project; leave it out; a project's"),
        (("explain", "--project", "p", "--population-weight", "n"), "smo: --population-weight does not go with a pr"),
        (("explain", "audits.csv", *ASKED, "--population-weight", "n"), "--population-weight is a column of --popul"),
        (
            ("explain", "audits.csv", *ASKED, "--work", "tol"),
            "'tol' is not one of the dimensions; did you mean 'tool'?",
        ),
        (("explain", "audits.csv", *ASKED, "--measured-by", "x"), "'x' is not one of the dimensions"),
        (("explain", "audits.csv", *ASKED, "--most-columns", "4"), "most_columns is 4; combine 1, 2 or 3 columns"),
        (("explain", "lost.csv", *ASKED), "smo: lost.csv: there is no such file"),
        (("explain", "audits.xlsx", *ASKED), "smo: audits.xlsx: a file is one of .csv, .parquet"),
        (("explain", "audits.csv", *ASKED, "-d", "tol"), "no column 'tol'; did you mean 'tool'?"),
        (("explain", "audits.csv", *ASKED, "--after", "48"), "column 'week' has no value '48'; it has 46, 47"),
        (("explain", "audits.csv", *ASKED, "--outcome", "tool"), "an outcome is true or false, or 0 or 1"),
    ],
)
def test_mistakes_are_named(
    rows: pd.DataFrame, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert smo(*words) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_damaged_file_is_said(rows: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "audits.parquet").write_bytes(b"PAR1 not really")
    assert smo("explain", "audits.parquet", *ASKED) == 1
    assert "smo: audits.parquet: cannot be read" in capsys.readouterr().err


def test_a_project_is_explained_by_pseudonym(
    demo_workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(demo_workspace.root)
    monkeypatch.setattr(sys, "argv", sys.argv)
    whole = ("--project", "hate-speech-id", "--period", "2026-10-19/2026-11-16", "--before", "2026-08-24/2026-10-19")
    assert smo("explain", *whole) == 0
    said = capsys.readouterr().out
    assert "Accuracy: " in said
    assert "2026-08-24 to 2026-10-19 (exclusive)" in said
    assert "labeler_id L" not in said
    # A period that audits have not reached says so, in text and in JSON, and names the last that they have.
    empty = "no audits in 2026-W50 yet; the last with audits is 2026-W46: use --period 2026-W46"
    assert smo("explain", "--project", "hate-speech-id", "--period", "2026-W50") == 0
    assert capsys.readouterr().out.splitlines()[0] == empty
    assert smo("explain", "--project", "hate-speech-id", "--period", "2026-W50", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["period"] == empty
    assert smo("explain", *whole, "--kpi", "handling_time_median") == 1
    assert "causes of 'handling_time_median' cannot be looked for" in capsys.readouterr().err
