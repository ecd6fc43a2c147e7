"""What keeps a report's notebook thin, and fit for all of its readers; what breaks a rule is said in words.

None of these stops a lead's own run. Some stop the run for stakeholders, and the rest makes a notebook that nobody can
test, compare or trust a year later.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smo_reports.schema import PERSON_COLUMNS

MOST_LINES = 12
_LOGIC: Mapping[type[ast.AST], str] = {
    ast.FunctionDef: "a function",
    ast.AsyncFunctionDef: "a function",
    ast.Lambda: "a function",
    ast.ClassDef: "a class",
    ast.For: "a loop",
    ast.AsyncFor: "a loop",
    ast.While: "a loop",
    ast.Try: "a try",
    ast.TryStar: "a try",
}
_PERSON = re.compile(rf"\b({'|'.join(sorted(PERSON_COLUMNS))}|(\w+_)?people(_\w+)?)\b")
_NOT_PYTHON = re.compile(r"^\s*[%!?]|\?\s*$")


@dataclass(frozen=True)
class Cell:
    """A code cell: its number as a reader counts, what it says, and its tags."""

    number: int
    source: str
    tags: tuple[str, ...]
    ran: bool

    @property
    def names(self) -> list[ast.Name]:
        """The names that it reads and makes."""
        return [node for node in ast.walk(self.parsed) if isinstance(node, ast.Name)]

    @property
    def parsed(self) -> ast.Module:
        """Its Python, without the lines that only IPython understands; empty where it is not Python."""
        try:
            return ast.parse(self.python)
        except SyntaxError:
            return ast.Module([], [])

    @property
    def python(self) -> str:
        """What it says, with ``pass`` for the lines that only IPython understands."""
        return "\n".join("pass" if _NOT_PYTHON.search(line) else line for line in self.source.splitlines())


Cells = tuple[Cell, ...]
Rule = Callable[[Cells], Iterator[str]]


def code_cells(notebook: Mapping[str, Any]) -> Cells:
    """The code cells of a notebook's JSON."""
    return tuple(
        Cell(
            number,
            "".join(cell["source"]),
            tuple(cell["metadata"].get("tags", ())),
            bool(cell.get("outputs")) or cell.get("execution_count") is not None,
        )
        for number, cell in enumerate(notebook["cells"], start=1)
        if cell["cell_type"] == "code"
    )


def is_python(cells: Cells) -> Iterator[str]:
    """A cell runs anywhere: it has no shell command, no magic, and no syntax error."""
    for cell in cells:
        strange = next((line.strip() for line in cell.source.splitlines() if _NOT_PYTHON.search(line)), None)
        if strange is not None:
            yield f"cell {cell.number}: {strange[:60]!r} is for IPython only; write it in Python or leave it out"
        try:
            ast.parse(cell.python)
        except SyntaxError as error:
            yield f"cell {cell.number}, line {error.lineno}: {error.msg}; mend it, or no run gets past it"


def parameters_are_read(cells: Cells) -> Iterator[str]:
    """Whatever can be turned does something."""
    first = [node for cell in cells if "parameters" in cell.tags for node in cell.names]
    later = [node for cell in cells if "parameters" not in cell.tags for node in cell.names]
    read = {node.id for node in later if isinstance(node.ctx, ast.Load)}
    for name in sorted({node.id for node in first if isinstance(node.ctx, ast.Store)} - read):
        yield f"parameter {name!r} is read nowhere; use it in a cell, or take it out of the parameters cell"


def no_logic(cells: Cells) -> Iterator[str]:
    """What computes is in a module, where a test can reach it."""
    for cell in cells:
        for node in ast.walk(cell.parsed):
            if type(node) in _LOGIC:
                line = ast.unparse(node).splitlines()[0]
                yield (
                    f"cell {cell.number}: {_LOGIC[type(node)]} ({line[:60]}); "
                    "move it into a Python module that you can test, and call it from here"
                )


def cells_are_short(cells: Cells) -> Iterator[str]:
    """A cell is read at a glance. The list of what may be turned may be as long as it is."""
    for cell in cells:
        lines = len(cell.source.splitlines())
        if lines > MOST_LINES and "parameters" not in cell.tags:
            yield f"cell {cell.number} has {lines} lines, more than {MOST_LINES}; split it where a reader would pause"


def nothing_stored(cells: Cells) -> Iterator[str]:
    """A report carries no numbers of another run."""
    for cell in cells:
        if cell.ran:
            yield (
                f"cell {cell.number} keeps what it showed, which others could read; "
                "clear it: Edit, Clear Outputs of All Cells"
            )


def imports_ours_only(cells: Cells) -> Iterator[str]:
    """A report chooses among tested numbers; what it imports besides, it computes with."""
    for cell in cells:
        for node in ast.walk(cell.parsed):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "."]
            for name in names:
                if name.split(".")[0] != "smo_reports":
                    yield (
                        f"cell {cell.number} imports {name}; what it computes with that, nothing tests: "
                        "call smo_reports, or a module of yours that has tests"
                    )


def people_are_for_leads(cells: Cells) -> Iterator[str]:
    """Cells that speak of people are neither run for nor shown to anybody but a lead."""
    for cell in cells:
        found = _PERSON.search(cell.source)
        if found and "lead" not in cell.tags:
            yield f"cell {cell.number} speaks of people ({found[0]}) and is not tagged 'lead'; tag it"


def leads_make_nothing_that_others_read(cells: Cells) -> Iterator[str]:
    """A stakeholder's run leaves lead cells out: a name that one of them makes is missing then."""
    made: dict[str, int] = {}
    for cell in cells:
        for node in cell.names:
            if "lead" in cell.tags and isinstance(node.ctx, ast.Store):
                made[node.id] = cell.number
            elif isinstance(node.ctx, ast.Store):
                made.pop(node.id, None)
            elif "lead" not in cell.tags and node.id in made:
                yield (
                    f"cell {cell.number} reads {node.id!r}, made in cell {made[node.id]}, that only leads run: for "
                    "anybody else it stops there; make it in a cell that all run"
                )


RULES: tuple[Rule, ...] = (
    is_python,
    parameters_are_read,
    no_logic,
    cells_are_short,
    nothing_stored,
    imports_ours_only,
    people_are_for_leads,
    leads_make_nothing_that_others_read,
)


def broken_rules(path: Path) -> list[str]:
    """What a notebook breaks of the rules, in words, rule by rule.

    Parameters
    ----------
    path : Path
        A notebook that :func:`smo_reports.runs.parameters.read_parameters` can read.

    Returns
    -------
    list of str
        Empty where it holds them all.
    """
    cells = code_cells(json.loads(path.read_text("utf-8")))
    return [said for rule in RULES for said in rule(cells)]
