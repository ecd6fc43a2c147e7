"""Notebooks stay thin: each rule is held by every report's notebook, and each rule can fail."""

from __future__ import annotations

import ast
import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smo_reports.runs.parameters import read_parameters, usual_period
from smo_reports.schema import PERSON_COLUMNS

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
ALWAYS = {"project", "start", "end"}
MOST_LINES = 12
LOGIC = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar),
)
PERSON = re.compile(rf"\b({'|'.join(sorted(PERSON_COLUMNS))}|(\w+_)?people(_\w+)?)\b")

Notebook = dict[str, Any]


def source(cell: Notebook) -> str:
    return "".join(cell["source"])


def has_tag(cell: Notebook, tag: str) -> bool:
    return tag in cell["metadata"].get("tags", [])


def code_cells(notebook: Notebook) -> list[Notebook]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def is_plain(value: ast.expr | None) -> bool:
    """Whether it is a literal that JSON holds as it is: a tuple, set or bytes is not."""
    try:
        found = ast.literal_eval(value) if value is not None else ...
        return bool(json.loads(json.dumps(found)) == found)
    except (TypeError, ValueError):
        return False


def parameters_are_plain(notebook: Notebook) -> Iterator[str]:
    cells = [cell for cell in code_cells(notebook) if has_tag(cell, "parameters")]
    if len(cells) != 1:
        yield f"{len(cells)} cells are tagged 'parameters'"
        return
    names = set()
    for statement in ast.parse(source(cells[0])).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or not is_plain(statement.value):
            yield f"no plain parameter: {ast.unparse(statement)}"
    if not names >= ALWAYS:
        yield f"parameters lack {', '.join(sorted(ALWAYS - names))}"


def parameters_are_read(notebook: Notebook) -> Iterator[str]:
    names: set[str] = set()
    read: set[str] = set()
    for cell in code_cells(notebook):
        found = [node for node in ast.walk(ast.parse(source(cell))) if isinstance(node, ast.Name)]
        if has_tag(cell, "parameters"):
            names = {node.id for node in found if isinstance(node.ctx, ast.Store)}
        else:
            read |= {node.id for node in found if isinstance(node.ctx, ast.Load)} & names
    for name in sorted(names - read):
        yield f"parameter {name} is read nowhere after its cell"


def no_logic(notebook: Notebook) -> Iterator[str]:
    for cell in code_cells(notebook):
        for node in ast.walk(ast.parse(source(cell))):
            if isinstance(node, LOGIC):
                yield f"{type(node).__name__}: {ast.unparse(node).splitlines()[0]}"


def cells_are_short(notebook: Notebook) -> Iterator[str]:
    for cell in code_cells(notebook):
        lines = len(source(cell).splitlines())
        # A list of what may be turned holds no logic, however long it is; read_parameters refuses anything else in it.
        if lines > MOST_LINES and not has_tag(cell, "parameters"):
            yield f"a cell of {lines} lines"


def nothing_stored(notebook: Notebook) -> Iterator[str]:
    for cell in code_cells(notebook):
        if cell["outputs"] or cell["execution_count"] is not None:
            yield "a stored output or execution count"


def imports_ours_only(notebook: Notebook) -> Iterator[str]:
    for cell in code_cells(notebook):
        for node in ast.walk(ast.parse(source(cell))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "."]
            yield from (f"imports {name}" for name in names if name.split(".")[0] != "smo_reports")


def people_are_for_leads(notebook: Notebook) -> Iterator[str]:
    for cell in code_cells(notebook):
        found = PERSON.search(source(cell))
        if found and not has_tag(cell, "lead"):
            yield f"{found[0]} in a cell that is not tagged 'lead'"


def leads_make_nothing_that_others_read(notebook: Notebook) -> Iterator[str]:
    """A stakeholder's run leaves lead cells out: a name that one of them makes is missing then."""
    made: set[str] = set()
    for cell in code_cells(notebook):
        found = [node for node in ast.walk(ast.parse(source(cell))) if isinstance(node, ast.Name)]
        if has_tag(cell, "lead"):
            made |= {node.id for node in found if isinstance(node.ctx, ast.Store)}
            continue
        for node in found:
            if isinstance(node.ctx, ast.Store):
                made.discard(node.id)
            elif node.id in made:
                yield f"{node.id} is made in a cell that only leads run"


Rule = Callable[[Notebook], Iterator[str]]
RULES: tuple[Rule, ...] = (
    parameters_are_plain,
    parameters_are_read,
    no_logic,
    cells_are_short,
    nothing_stored,
    imports_ours_only,
    people_are_for_leads,
    leads_make_nothing_that_others_read,
)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_notebook_holds_every_rule(rule: Rule, path: Path) -> None:
    assert list(rule(json.loads(path.read_text("utf-8")))) == []


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
    assert [said for rule in RULES for said in rule(GOOD)] == []


BAD: list[tuple[Rule, Notebook, str]] = [
    (parameters_are_plain, cell("x = 1", "parameters"), "2 cells are tagged 'parameters'"),
    (no_logic, cell("def count(rows):\n    return len(rows)"), "FunctionDef: def count(rows):"),
    (no_logic, cell("class Report:\n    pass"), "ClassDef: class Report:"),
    (no_logic, cell("for row in rows:\n    print(row)"), "For: for row in rows:"),
    (no_logic, cell("while rows:\n    rows.pop()"), "While: while rows:"),
    (no_logic, cell("try:\n    p\nexcept Exception:\n    p"), "Try: try:"),
    (no_logic, cell("sorted(rows, key=lambda row: row)"), "Lambda: lambda row: row"),
    (cells_are_short, cell("p\n" * 13), "a cell of 13 lines"),
    (nothing_stored, cell("p", outputs=[{"output_type": "stream"}]), "a stored output or execution count"),
    (nothing_stored, cell("p", execution_count=3), "a stored output or execution count"),
    (imports_ours_only, cell("import pandas as pd"), "imports pandas"),
    (imports_ours_only, cell("from pathlib import Path"), "imports pathlib"),
    (imports_ours_only, cell("import smo_reports_more"), "imports smo_reports_more"),
    (people_are_for_leads, cell("present.people_table(p)"), "people_table in a cell"),
    (people_are_for_leads, cell('estimates(names, rows, by="labeler_id")'), "labeler_id in a cell"),
    (leads_make_nothing_that_others_read, cell("present.table(mine)"), "mine is made in a cell"),
]


@pytest.mark.parametrize(("rule", "added", "said"), BAD, ids=[f"{rule.__name__}: {said}" for rule, _, said in BAD])
def test_an_added_cell_breaks_the_rule(rule: Rule, added: Notebook, said: str) -> None:
    notebook = copy.deepcopy(GOOD)
    notebook["cells"].append(added)
    found = list(rule(notebook))
    assert len(found) == 1
    assert found[0].startswith(said)


@pytest.mark.parametrize("at_most", [cell("p\n" * 12), cell("mine = 1\nmine")])
def test_the_edge_of_a_rule_is_allowed(at_most: Notebook) -> None:
    notebook = copy.deepcopy(GOOD)
    notebook["cells"].append(at_most)
    assert [said for rule in RULES for said in rule(notebook)] == []


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
            "parameter weeks is read nowhere",
        ),
    ],
)
def test_a_bad_parameters_cell_is_found(parameters: str, rule: Rule, said: str) -> None:
    notebook = copy.deepcopy(GOOD)
    notebook["cells"][0] = cell(parameters, "parameters")
    found = list(rule(notebook))
    assert len(found) == 1
    assert found[0].startswith(said)


def test_a_notebook_without_parameters_cell_is_found() -> None:
    assert list(parameters_are_plain({"cells": GOOD["cells"][1:]})) == ["0 cells are tagged 'parameters'"]
