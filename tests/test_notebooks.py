"""Notebooks stay thin: each rule is held by every report's notebook, and each rule can fail."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smo_reports.runs.notebook_rules import (
    RULES,
    Cells,
    Rule,
    broken_rules,
    cells_are_short,
    code_cells,
    imports_ours_only,
    is_python,
    leads_make_nothing_that_others_read,
    no_logic,
    nothing_stored,
    parameters_are_read,
    people_are_for_leads,
)
from smo_reports.runs.parameters import read_parameters, usual_period

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
ALWAYS = {"project", "start", "end"}

Notebook = dict[str, Any]


def is_plain(value: ast.expr | None) -> bool:
    """Whether it is a literal that JSON holds as it is: a tuple, set or bytes is not."""
    try:
        found = ast.literal_eval(value) if value is not None else ...
        return bool(json.loads(json.dumps(found)) == found)
    except (TypeError, ValueError):
        return False


def parameters_are_plain(cells: Cells) -> Iterator[str]:
    """What we ship is stricter than what a run asks for, which takes whatever read_parameters can read."""
    tagged = [cell for cell in cells if "parameters" in cell.tags]
    if len(tagged) != 1:
        yield f"{len(tagged)} cells are tagged 'parameters'"
        return
    for statement in tagged[0].parsed.body:
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or not is_plain(statement.value):
            yield f"no plain parameter: {ast.unparse(statement)}"
    made = {node.id for node in tagged[0].names if isinstance(node.ctx, ast.Store)}
    if not made >= ALWAYS:
        yield f"parameters lack {', '.join(sorted(ALWAYS - made))}"


EVERY_RULE = (parameters_are_plain, *RULES)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.__name__)
def test_every_notebook_holds_every_rule(rule: Rule, path: Path) -> None:
    assert list(rule(code_cells(json.loads(path.read_text("utf-8"))))) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_run_can_be_planned_for_every_notebook(path: Path) -> None:
    declared = read_parameters(path)
    assert set(declared) >= ALWAYS
    assert usual_period(path) in ("day", "week", "month", "today")


def test_there_are_notebooks() -> None:
    assert "kpi" in [path.stem for path in NOTEBOOKS]


def cell(text: str, *tags: str, **more: Any) -> Notebook:
    return {
        "cell_type": "code",
        "source": text.splitlines(keepends=True),
        "metadata": {"tags": list(tags)} if tags else {},
        "outputs": [],
        "execution_count": None,
        **more,
    }


GOOD: Notebook = {
    "cells": [
        cell('project: str = "demo"\nstart = ""\nend = ""\nby: list[str] = ["policy"]', "parameters"),
        {"cell_type": "markdown", "source": ["for while def people labeler_id"], "metadata": {}},
        cell("from smo_reports import load_project\np = load_project(project)\nrows = (start, end, by)"),
        cell("mine = people_compared(p)", "lead"),
    ]
}


def test_a_thin_notebook_breaks_no_rule() -> None:
    assert [said for rule in EVERY_RULE for said in rule(code_cells(GOOD))] == []


BAD: list[tuple[Rule, Notebook, str]] = [
    (parameters_are_plain, cell("x = 1", "parameters"), "2 cells are tagged 'parameters'"),
    (no_logic, cell("def count(rows):\n    return len(rows)"), "cell 5: a function (def count(rows):); move it into"),
    (no_logic, cell("class Report:\n    pass"), "cell 5: a class (class Report:)"),
    (no_logic, cell("for row in rows:\n    print(row)"), "cell 5: a loop (for row in rows:)"),
    (no_logic, cell("while rows:\n    rows.pop()"), "cell 5: a loop (while rows:)"),
    (no_logic, cell("try:\n    p\nexcept Exception:\n    p"), "cell 5: a try (try:)"),
    (no_logic, cell("sorted(rows, key=lambda row: row)"), "cell 5: a function (lambda row: row)"),
    (cells_are_short, cell("p\n" * 13), "cell 5 has 13 lines, more than 12; split it"),
    (nothing_stored, cell("p", outputs=[{"output_type": "stream"}]), "cell 5 keeps what it showed"),
    (nothing_stored, cell("p", execution_count=3), "cell 5 keeps what it showed"),
    (imports_ours_only, cell("import pandas as pd"), "cell 5 imports pandas; "),
    (imports_ours_only, cell("from pathlib import Path"), "cell 5 imports pathlib; "),
    (imports_ours_only, cell("import smo_reports_more"), "cell 5 imports smo_reports_more; "),
    (people_are_for_leads, cell("present.people_table(p)"), "cell 5 speaks of people (people_table) and is not tagged"),
    (people_are_for_leads, cell('estimates(names, rows, by="labeler_id")'), "cell 5 speaks of people (labeler_id)"),
    (
        leads_make_nothing_that_others_read,
        cell("present.table(mine)"),
        "cell 5 reads 'mine', made in cell 4, that only leads run: for anybody else it stops there",
    ),
    (is_python, cell("p\n  q"), "cell 5, line 2: unexpected indent; mend it"),
    (is_python, cell("%matplotlib widget\np"), "cell 5: '%matplotlib widget' is for IPython only; write it in Python"),
    (is_python, cell("!rm -rf /\np"), "cell 5: '!rm -rf /' is for IPython only"),
]


@pytest.mark.parametrize(("rule", "added", "said"), BAD, ids=[f"{rule.__name__}: {said}" for rule, _, said in BAD])
def test_an_added_cell_breaks_the_rule(rule: Rule, added: Notebook, said: str) -> None:
    notebook = copy.deepcopy(GOOD)
    notebook["cells"].append(added)
    found = list(rule(code_cells(notebook)))
    assert len(found) == 1
    assert found[0].startswith(said)


@pytest.mark.parametrize("at_most", [cell("p\n" * 12), cell("mine = 1\nmine")])
def test_the_edge_of_a_rule_is_allowed(at_most: Notebook) -> None:
    notebook = copy.deepcopy(GOOD)
    notebook["cells"].append(at_most)
    assert [said for rule in EVERY_RULE for said in rule(code_cells(notebook))] == []


@pytest.mark.parametrize(
    ("parameters", "rule", "said"),
    [
        ('project = "demo"\nstart = ""', parameters_are_plain, "parameters lack end"),
        (
            'project = ""\nstart = ""\nend = today()',
            parameters_are_plain,
            "no plain parameter: end = today()",
        ),
        (
            'project = ""\nstart = ""\nend = ("a", "b")',
            parameters_are_plain,
            "no plain parameter: end = ('a', 'b')",
        ),
        ('project = ""\nstart = ""\nend: str', parameters_are_plain, "no plain parameter: end: str"),
        (
            'project = ""\nstart = ""\nend = ""\nprint(1)',
            parameters_are_plain,
            "no plain parameter: print(1)",
        ),
        (
            'project = ""\nstart = ""\nend = ""\nweeks = 4',
            parameters_are_read,
            "parameter 'weeks' is read nowhere; use it",
        ),
    ],
)
def test_a_bad_parameters_cell_is_found(parameters: str, rule: Rule, said: str) -> None:
    notebook = copy.deepcopy(GOOD)
    notebook["cells"][0] = cell(parameters, "parameters")
    found = list(rule(code_cells(notebook)))
    assert len(found) == 1
    assert found[0].startswith(said)


def test_what_a_notebook_breaks_is_told_rule_by_rule(tmp_path: Path) -> None:
    notebook = copy.deepcopy(GOOD)
    notebook["cells"] += [cell("!ls\nfor row in rows:\n    print(row)"), cell("present.table(mine)")]
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps(notebook))
    assert [said.partition(";")[0] for said in broken_rules(path)] == [
        "cell 5: '!ls' is for IPython only",
        "cell 5: a loop (for row in rows:)",
        "cell 6 reads 'mine', made in cell 4, that only leads run: for anybody else it stops there",
    ]


def test_a_notebook_without_parameters_cell_is_found() -> None:
    assert list(parameters_are_plain(code_cells({"cells": GOOD["cells"][1:]}))) == ["0 cells are tagged 'parameters'"]
