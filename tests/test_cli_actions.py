"""smo actions as people type it: what is stored, what cannot be changed, and what is said of a mistake."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sys
from pathlib import Path

import pytest

from smo_reports.analyses import action_ledger
from smo_reports.cli import run_app
from smo_reports.commands.promises import Promise, open_action
from smo_reports.errors import ImportFileError
from smo_reports.kpis import estimate
from smo_reports.project import Project, load_project
from smo_reports.sources import read_all
from smo_reports.sources.importing import own_warehouse
from smo_reports.warehouse import add_action, change_action

PROJECT = """\
project: hate-id
title: Hate speech, Indonesia
time_zone: Asia/Jakarta
labels: {violating: [hate], benign: [normal]}
"""
MONDAY = dt.date(2024, 3, 4)
NOON = dt.time(12)


def smo(*words: str) -> int:
    sys.argv = ["smo", *words]
    return run_app()


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of 16 weeks of audits in two policies; that of hate rises by 20 points in the last four."""
    folder = tmp_path_factory.mktemp("imported") / "ws"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", sys.argv)
        assert smo("init", str(folder)) == 0
        patch.chdir(folder)
        Path("params/example.yaml").unlink()
        Path("params/hate-id.yaml").write_text(PROJECT)
        decisions = ["decision_id,item_id,labeler_id,label,submitted_at,policy"]
        audits = ["audit_id,decision_id,auditor_id,audited_at,correct,purpose"]
        for week in range(16):
            at = dt.datetime.combine(MONDAY + dt.timedelta(weeks=week, days=1), NOON).isoformat() + "Z"
            for place in range(100):
                policy, wrong = ("hate", 30 if week < 12 else 10) if place % 2 else ("spam", 20)
                key = f"{week}-{place}"
                decisions.append(f"d{key},i{key},L{place % 14},normal,{at},{policy}")
                right = (place // 2 * 7 + week * 11) % 50 >= wrong // 2
                audits.append(f"a{key},d{key},Q1,{at},{str(right).lower()},random")
        for table, lines in (("decisions", decisions), ("audits", audits)):
            Path(f"{table}.csv").write_text("\n".join(lines) + "\n")
            assert smo("import", f"{table}.csv", "--table", table, "--project", "hate-id") == 0
    return folder


@pytest.fixture
def project(
    imported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Project:
    """The project of a workspace of its own, as the current folder."""
    shutil.copytree(imported, tmp_path / "ws")
    monkeypatch.chdir(tmp_path / "ws")
    monkeypatch.setattr(sys, "argv", sys.argv)
    capsys.readouterr()
    return load_project("hate-id")


def promise(**more: object) -> Promise:
    given = {"title": "Clarify slurs", "owner": "qa", "kpi": "accuracy", "where": ("policy=hate",), "expect": 15.0}
    return Promise(**{**given, "due": "2024-05-24", **more})  # type: ignore[arg-type]


def at(week: int, day: int = 1) -> dt.datetime:
    return dt.datetime.combine(MONDAY + dt.timedelta(weeks=week, days=day), NOON, dt.UTC)


def test_a_promise_is_kept_and_judged(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    made = open_action("hate-id", promise(), at(10))
    # The ninth week triggered it: the four before it are the baseline, and the window starts after its due date.
    assert made.baseline == (MONDAY + dt.timedelta(weeks=5), MONDAY + dt.timedelta(weeks=9))
    assert made.window == (MONDAY + dt.timedelta(weeks=12), MONDAY + dt.timedelta(weeks=16))
    assert (made.new, made.after_the_fact) == (True, False)
    again = open_action("hate-id", promise(), at(10, 2))
    assert (again.action_id, again.new) == (made.action_id, False)
    name = made.action_id[:8]
    assert smo("actions", "acknowledge", name, "--project", "hate-id", "--on", "2024-05-15") == 0
    assert smo("actions", "done", name, "--project", "hate-id", "--on", "2024-05-24") == 0
    assert smo("actions", "verdict", "--project", "hate-id") == 0
    said = capsys.readouterr().out
    assert "acknowledged: Clarify slurs" in said
    assert f"{name}  effective: Clarify slurs (qa; policy: hate)" in said
    assert "accuracy +15 points expected, due 24 May 2024; measured +20 points (" in said
    assert "200 audits before, 200 after, 400 elsewhere." in said
    stored = read_all(project)["actions"].collect().to_pandas().iloc[0]
    assert (stored["verdict"], stored["segment"]) == ("effective", '{"policy": "hate"}')
    assert stored["expected_effect"] == 0.15
    assert stored["registered_at"].to_pydatetime() == at(10)


def test_reopening_keeps_its_history(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    made = open_action("hate-id", promise(), at(10))
    warehouse = own_warehouse(project)

    def days(version: int = 0) -> tuple[str, str]:
        row = read_all(project, version=version)["actions"].collect().to_pandas().iloc[0]
        return str(row.get("done_on", ""))[:10], str(row.get("reopened_on", ""))[:10]

    assert smo("actions", "done", made.action_id, "--project", "hate-id", "--on", "2024-05-20") == 0
    before = warehouse.version()
    assert smo("actions", "reopen", made.action_id, "--project", "hate-id", "--on", "2024-05-22") == 0
    assert days()[1] == "2024-05-22"
    assert days()[0] != "2024-05-20"
    assert days(before)[0] == "2024-05-20"
    ledger = action_ledger(project, read_all(project), at(11, 4))
    assert ledger["state"].tolist() == ["reopened"]
    # Done once more on the very day of the first time round.
    assert smo("actions", "done", made.action_id, "--project", "hate-id", "--on", "2024-05-22") == 0
    assert action_ledger(project, read_all(project), at(11, 4))["state"].tolist() == ["running"]
    assert smo("actions", "list", "--project", "hate-id") == 0
    assert "Clarify slurs" in capsys.readouterr().out


def test_reopening_takes_its_verdict_back(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    def stored() -> object:
        row = read_all(project)["actions"].collect().to_pandas().iloc[0]
        # A column without a value in any row is left out of what is stored.
        return row.get("verdict") if isinstance(row.get("verdict"), str) else None

    made = open_action("hate-id", promise(), at(10))
    own = ("--project", "hate-id")
    assert smo("actions", "done", made.action_id, *own, "--on", "2024-05-24") == 0
    assert smo("actions", "verdict", *own) == 0
    assert stored() == "effective"
    assert estimate("action_effectiveness", read_all(project))[["value", "n"]].to_numpy().tolist() == [[1.0, 1]]
    assert smo("actions", "reopen", made.action_id, *own, "--on", "2024-06-25") == 0
    assert stored() is None
    # Somebody's export brings the old verdict back, of an action that is not done: judging takes it out again.
    change_action(own_warehouse(project), project, made.action_id, verdict="effective")
    assert smo("actions", "verdict", *own) == 0
    assert stored() is None
    assert smo("actions", "done", made.action_id, *own, "--on", "2024-07-01") == 0
    change_action(own_warehouse(project), project, made.action_id, verdict="effective")
    assert estimate("action_effectiveness", read_all(project))["value"].tolist() == [0.0]
    assert smo("actions", "verdict", *own) == 0
    assert stored() == "undecided"


def test_an_import_changes_no_promise(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    made = open_action("hate-id", promise(), at(10))
    head = "action_id,opened_on,title,owner,kpi,sent_to,acknowledged_on"
    for own, said in (("Clarify slurs,qa,accuracy,,", "updated"), ("Clarify spam,qa,accuracy,,", "set aside")):
        Path("x.csv").write_text(f"{head}\n{made.action_id},2024-05-14,{own}2024-05-15\n")
        smo("import", "x.csv", "--table", "actions", "--project", "hate-id")
        assert said in "".join(capsys.readouterr())
    row = read_all(project)["actions"].collect().to_pandas().iloc[0]
    assert (row["title"], str(row["acknowledged_on"])[:10]) == ("Clarify slurs", "2024-05-15")
    assert row["registered_at"].to_pydatetime() == at(10)


def test_an_old_trigger_is_said_to_be_no_proof(project: Project) -> None:
    assert not open_action("hate-id", promise(), at(10)).old_trigger
    assert open_action("hate-id", promise(trigger="2024-W16"), at(10)).old_trigger


def test_what_was_promised_cannot_be_changed(project: Project) -> None:
    made = open_action("hate-id", promise(), at(10))
    for column in ("title", "kpi", "segment", "expected_effect", "baseline_to", "evaluate_from", "registered_at"):
        with pytest.raises(ImportFileError, match=rf"{column} was settled when it was registered .* open another"):
            change_action(own_warehouse(project), project, made.action_id, **{column: "x"})
    with pytest.raises(ImportFileError, match="done_on is told when it has happened"):
        add_action(own_warehouse(project), project, MONDAY, "t", "o", "accuracy", done_on=MONDAY)
    with pytest.raises(ImportFileError, match="verdict"):
        change_action(own_warehouse(project), project, made.action_id, verdikt="effective")
    row = read_all(project)["actions"].collect().to_pandas().iloc[0]
    assert row["title"] == "Clarify slurs"


def test_registered_after_its_window_had_begun(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--title", "Late", "--owner", "qa", "--kpi", "accuracy", "--expect", "10", "--due", "2024-05-24"]
    assert (
        smo("actions", "open", "--project", "hate-id", "--where", "policy=hate", *asked, "--trigger", "2024-W19") == 0
    )
    said = capsys.readouterr().out
    assert re.search(r"^action [0-9a-f]{24}$", said, re.MULTILINE)
    assert "baseline: 2024-04-08 to 2024-05-06, without the last day" in said
    assert "registered after the fact" in said
    (action_id,) = re.findall(r"[0-9a-f]{24}", said)
    assert smo("actions", "done", action_id, "--project", "hate-id", "--on", "2024-05-24") == 1
    assert "was opened on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kpi": "acuracy"}, "unknown KPI 'acuracy'; did you mean 'accuracy'?"),
        ({"where": ("polcy=hate",)}, "audits have no column 'polcy'; did you mean 'policy'?"),
        ({"where": ("policy=hat",)}, "no audit has the policy 'hat'; did you mean 'hate'?"),
        ({"where": ("policy",)}, "--where 'policy' has no value; write --where policy=hate"),
        ({"due": "24 May"}, "--due '24 May' is no date; write it as 2026-11-16"),
        ({"expect": 0.0}, "an action without an expected effect cannot be judged"),
        ({"expect": -1.0}, "would make accuracy worse, of which higher is better; write --expect 1"),
        ({"kpi": "false_positive_rate", "expect": 2.0}, "lower is better; write --expect -2"),
        ({"expect": 150.0}, "points go to 100"),
        ({"baseline": "2024-04-15/2024-05-13"}, "has the week in it that showed the problem"),
        ({"window": "2024-05-20/2024-06-17"}, "let it start after 2024-05-24"),
        ({"window": "all"}, "--window 'all' has no end"),
        ({"trigger": "2024-W40"}, "has not come yet"),
        ({"due": "9999-12-31"}, "--due '9999-12-31' is too far away; write a day of 2000 to 2100"),
        ({"trigger": "0001-01-01/0001-01-08"}, "is too far away; write days of 2000 to 2100"),
        ({"window": "2024-06-03/9999-12-31"}, "is too far away; write days of 2000 to 2100"),
        ({"baseline": "2024-03-05/2024-03-06"}, "a baseline that is picked can be lucky; take 4 weeks or more"),
        ({"baseline": "2024-03-04/2024-04-08"}, "that end on 2024-05-06, or up to a week before"),
        ({"window": "2024-05-28/2024-05-29"}, "is shorter than a week"),
        ({"due": "2024-03-01", "window": "2024-04-01/2024-05-20"}, "before the baseline ends on 2024-05-06"),
        ({"where": ("policy=hate", "policy=spam")}, "policy is named twice"),
        ({"where": ("correct=true",)}, "no action is about 'correct'; known: auditor_id, labeler_id, policy"),
        ({"where": ("decision_id=d0-1",)}, "no action is about 'decision_id'"),
        ({"where": ("audited_at=2024-03-05T12:00:00Z",)}, "no action is about 'audited_at'"),
        ({"where": ("work_date=2024-03-05",)}, "no action is about 'work_date'"),
        ({"trigger": "W40"}, "cannot read period 'W40'"),
    ],
)
def test_a_promise_that_cannot_be_meant(project: Project, more: dict[str, object], said: str) -> None:
    from smo_reports.errors import SmoError

    with pytest.raises(SmoError) as caught:
        open_action("hate-id", promise(**more), at(10))
    assert said in str(caught.value)
    assert "actions" not in read_all(project)


def test_mistakes_with_an_action(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert smo("actions", "list", "--project", "hate-id") == 0
    assert capsys.readouterr().out == "no action yet; register one with smo actions open\n"
    assert smo("actions", "done", "abc", "--project", "hate-id") == 1
    assert capsys.readouterr().err == "smo: no action 'abc'; known: none; smo actions list shows them\n"
    made = open_action("hate-id", promise(), at(10))
    assert smo("actions", "reopen", made.action_id, "--project", "hate-id") == 1
    assert "is not done, so there is nothing to reopen" in capsys.readouterr().err
    assert smo("actions", "done", made.action_id, "--project", "hate-id", "--on", "2024-05-40") == 1
    assert "--on '2024-05-40' is no date" in capsys.readouterr().err


def test_a_persons_pseudonym_is_understood_and_kept_out_of_sight(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    from smo_reports.pseudonyms import pseudonym, workspace_key

    shown = pseudonym("L3", workspace_key(project.root))
    open_action("hate-id", promise(where=(f"labeler_id={shown}",)), at(10))
    stored = read_all(project)["actions"].collect().to_pandas().iloc[0]
    assert stored["segment"] == '{"labeler_id": "L3"}'
    assert smo("actions", "list", "--project", "hate-id") == 0
    assert f"labeler_id: {shown}" in capsys.readouterr().out


def test_every_sub_command_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    from smo_reports.cli import actions

    names = [str(command.name or command.callback.__name__) for command in actions.registered_commands]  # type: ignore[union-attr]
    assert sorted(names) == ["acknowledge", "done", "list", "open", "reopen", "verdict"]
    for name in names:
        assert smo("actions", name, "--help") == 0
        assert f"Example: smo actions {name}" in " ".join(capsys.readouterr().out.split())
