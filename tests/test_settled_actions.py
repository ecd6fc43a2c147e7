"""What was promised stays promised: an export cannot rewrite a registered action, whatever it says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from smo_reports.analyses.action_states import segment_of
from smo_reports.commands.promises import Promise, _windows
from smo_reports.errors import ParameterError
from smo_reports.project import parse_project
from smo_reports.sources.importing import import_files
from smo_reports.warehouse import Warehouse, add_action

PROJECT = "project: p\ntitle: P\ntime_zone: UTC\nsource: warehouse/\n"
TODAY = dt.date(2024, 5, 29)


def test_an_import_cannot_change_a_registered_promise(tmp_path: Path) -> None:
    project = parse_project(PROJECT, str(tmp_path / "params" / "p.yaml")).model_copy(update={"root": tmp_path})
    warehouse = Warehouse(tmp_path / "warehouse")
    now = dt.datetime(2024, 5, 14, tzinfo=dt.UTC)
    made = add_action(
        warehouse, project, now.date(), "Clarify slurs", "qa", "accuracy", now, expected_effect=0.03, due_on=TODAY
    )
    head = "action_id,project,opened_on,title,owner,kpi,expected_effect,done_on\n"
    lucky = tmp_path / "lucky.csv"
    lucky.write_text(f"{head}{made},p,2024-05-14,Clarify slurs,qa,accuracy,0.001,2024-05-29\n")
    counts = str(import_files(project, [(lucky, "actions")]))
    assert "1 set aside: settled when registered" in counts
    honest = tmp_path / "honest.csv"
    honest.write_text(f"{head}{made},p,2024-05-14,Clarify slurs,qa,accuracy,0.03,2024-05-29\n")
    assert "1 updated" in str(import_files(project, [(honest, "actions")]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"baseline": "2024-03-05/2024-03-06"}, "a baseline that is picked can be lucky; take 4 weeks or more"),
        ({"baseline": "2024-01-01/2024-03-04"}, "or up to a week before"),
        ({"window": "2024-06-11/2024-06-12"}, "is shorter than a week"),
    ],
)
def test_days_that_could_be_picked_for_luck_are_refused(words: dict[str, str], said: str) -> None:
    promise = Promise("Clarify", "qa", "accuracy", (), 1.0, "2024-06-10", **words)
    with pytest.raises(ParameterError, match=said):
        _windows(promise, dt.date(2024, 6, 10), TODAY)


@pytest.mark.parametrize(
    "text", ['{"labeler_id": ["L3"]}', '{"labeler_id": 3}', "labeler_id=L3", '{"LABELER_ID": "L3"}', '{"x": null}']
)
def test_a_segment_that_cannot_be_read_is_for_leads(text: str) -> None:
    assert segment_of(text) is None
