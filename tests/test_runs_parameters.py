"""A report's parameters: what is declared, what is accepted, and what a refusal says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smo_reports.errors import ParameterError, ReportError
from smo_reports.runs.parameters import check_parameters, read_parameters

ALWAYS = 'project = ""\nstart: str = ""\nend: str = ""\n'
DECLARED = (
    '"""What a reader may set."""\n'
    "from typing import Literal, Optional\n"
    + ALWAYS
    + "weeks: int | None = None\n"
    + "level: float = 0.95\n"
    + "show: bool = True\n"
    + 'by: list[str] = ["policy"]\n'
    + 'tone: Literal["plain", "full", 2] = "plain"\n'
    + "queue: Optional[str] = None\n"
    + "limits: dict[str, float] = {}\n"
    + "plain = 3\n"
    + "anything = None\n"
)


def notebook(folder: Path, source: str, tags: tuple[str, ...] = ("parameters",), copies: int = 1) -> Path:
    cell = {
        "cell_type": "code",
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
    path = folder / "kpi.ipynb"
    path.write_text(json.dumps({"cells": [cell] * copies, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    return path


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("weeks", "4", 4),
        ("weeks", 4, 4),
        ("weeks", None, None),
        ("weeks", "none", None),
        ("level", "0.9", 0.9),
        ("level", 1, 1.0),
        ("show", "false", False),
        ("by", "policy, market", ["policy", "market"]),
        ("by", '["a,b"]', ["a,b"]),
        ("by", "", []),
        ("by", ("policy",), ["policy"]),
        ("tone", "full", "full"),
        ("tone", "2", 2),
        ("queue", "4", "4"),
        ("queue", "none", None),
        ("limits", '{"a": 1}', {"a": 1.0}),
        ("plain", "-7", -7),
        ("anything", "[1, null]", [1, None]),
        ("anything", "text", "text"),
        ("project", "demo", "demo"),
    ],
)
def test_accepted(tmp_path: Path, name: str, given: object, expected: object) -> None:
    found = check_parameters(notebook(tmp_path, DECLARED), {name: given})
    assert found == {name: expected}
    assert type(found[name]) is type(expected)


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("weeks", "4.0", "parameter 'weeks' expects int | None, got '4.0' (str)"),
        ("weeks", True, "expects int | None, got True (bool)"),
        ("weeks", 4.0, "got 4.0 (float)"),
        ("level", "nan", "expects float, got 'nan' (str)"),
        ("level", float("inf"), "got inf (float)"),
        ("show", "yes", "expects bool"),
        ("show", 1, "expects bool, got 1 (int)"),
        ("by", ["a", 1], "expects list[str]"),
        ("by", '["a"', "expects list[str]"),
        ("tone", "loud", "expects 'plain' or 'full' or 2, got 'loud'"),
        ("tone", 2.0, "got 2.0 (float)"),
        ("limits", '{"a": "b"}', "expects dict[str, float]"),
        ("limits", {1: 2.0}, "expects dict[str, float]"),
        ("plain", None, "expects int, got None"),
        ("wekes", 4, "unknown parameter 'wekes'; did you mean 'weeks'?"),
        ("anything", {1, 2}, "expects JSON"),
    ],
)
def test_refused(tmp_path: Path, name: str, given: object, said: str) -> None:
    with pytest.raises(ParameterError) as error:
        check_parameters(notebook(tmp_path, DECLARED), {name: given})
    assert said in str(error.value)
    assert "report 'kpi'" in str(error.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('project = ""\nstart = ""\n', "'end' is missing"),
        (ALWAYS + "today = date.today()\n", "today = date.today(); write a plain JSON value"),
        (ALWAYS + "both = (1, 2)\n", "both = (1, 2); write a plain JSON value"),
        (ALWAYS + "when: date = 3\n", "when has the type date; use int, float"),
        (ALWAYS + "pairs: dict[int, str] = {}\n", "pairs has the type dict[int, str]"),
        (ALWAYS + 'weeks: int = "4"\n', "weeks is int, but its default is '4'"),
        (ALWAYS + "weeks: int\n", "'weeks' needs the form name = value"),
        (ALWAYS + "print(1)\n", "'print(1)' is no parameter"),
        (ALWAYS + "weeks = \n", "parameters cell, line 4: invalid syntax"),
    ],
)
def test_malformed_cell(tmp_path: Path, source: str, said: str) -> None:
    with pytest.raises(ReportError) as error:
        read_parameters(notebook(tmp_path, source))
    assert said in str(error.value)
    assert "kpi.ipynb" in str(error.value)


def test_defaults_and_order(tmp_path: Path) -> None:
    found = read_parameters(notebook(tmp_path, DECLARED))
    assert list(found)[:4] == ["project", "start", "end", "weeks"]
    assert found["level"].default == 0.95
    assert str(found["queue"].kind) == "str | None"
    assert str(found["by"].kind) == "list[str]"


def test_not_one_cell(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="0 code cells are tagged 'parameters'"):
        read_parameters(notebook(tmp_path, ALWAYS, tags=()))
    with pytest.raises(ReportError, match="2 code cells are tagged 'parameters'"):
        read_parameters(notebook(tmp_path, ALWAYS, copies=2))


def test_no_notebook(tmp_path: Path) -> None:
    notebook(tmp_path, ALWAYS)
    with pytest.raises(ReportError, match=r"no report 'kpis' .* did you mean 'kpi'\?"):
        read_parameters(tmp_path / "kpis.ipynb")
    (tmp_path / "broken.ipynb").write_text("[]")
    with pytest.raises(ReportError, match="not a notebook"):
        read_parameters(tmp_path / "broken.ipynb")
