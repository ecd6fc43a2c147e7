"""Every sentence that a page can say is in every catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from babel.messages.pofile import read_po

from smo_reports import schema
from smo_reports.analyses import action_states, verdicts
from smo_reports.analyses.auditors import LENIENT, STRICTER
from smo_reports.analyses.people import ABOVE, BELOW, SAME
from smo_reports.kpis import KPIS
from smo_reports.words.catalogue import LANGUAGES

ROOT = Path(__file__).parents[1]


def texts(node: ast.AST) -> Iterator[str]:
    """Texts that an expression can come to; not those that it looks up or compares with."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from texts(value)


def said_in(path: Path) -> Iterator[str]:
    """The first argument of each ``say(…)`` and ``say.count(…)``, and whatever is called a sentence or a verb."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            called = node.func
            if (isinstance(called, ast.Name) and called.id == "say") or (
                isinstance(called, ast.Attribute) and called.attr == "count" and ast.unparse(called.value) == "say"
            ):
                yield from texts(node.args[0])
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("sentence", "verbs"):
            yield from texts(node.value)


def listed_in(path: Path) -> Iterator[str]:
    """Sentences in a module's constants, and in what its loops go through: they are said by another name."""
    tree = ast.parse(path.read_text("utf-8"))
    constants = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).isupper()
    ]
    loops = [node.iter for node in ast.walk(tree) if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple)]
    for node in [*constants, *loops]:
        for value in _values(node):
            if re.match(r"[A-Z{].*[a-z}.]$", value, re.DOTALL) or " " in value:
                yield value


def _values(node: ast.AST) -> Iterator[str]:
    """The texts of a constant; of a mapping only what it maps to."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _values(value)
    elif isinstance(node, ast.Tuple | ast.List):
        for value in node.elts:
            yield from _values(value)


NO_SENTENCES = re.compile(
    r"<|^ |^[a-z]+: |^not measured|^past due$|^will be late$|^(overdue|reopened|unacknowledged) action$|^next batch$"
    r"|^\{n\} targets missed$|^(Krippendorff|Gwet|Cohen|Fleiss)$"
)
"""Markup, units, and words of the code's own."""


def sentences() -> set[str]:
    modules = sorted((ROOT / "smo_reports" / "present").glob("*.py"))
    found = {said for path in modules for said in said_in(path)}
    found |= {said for path in modules for said in listed_in(path) if not NO_SENTENCES.search(said)}
    found |= {action_states.OPEN, action_states.OVERDUE, action_states.UNACKNOWLEDGED, action_states.REOPENED}
    found |= {action_states.DONE, action_states.RUNNING, verdicts.EFFECTIVE, verdicts.NOT_EFFECTIVE}
    found |= {"audits of the segment", "everything", "Actions", "Actions about one person"}
    found |= {BELOW, ABOVE, SAME, STRICTER, LENIENT, "usual", "limit", "target"}
    found |= {part for kpi in KPIS.values() for part in (kpi.title, kpi.question, kpi.counts)}
    found |= {schema.MET, schema.MISSED, schema.UNDECIDED, schema.TOO_FEW, schema.NOT_MEASURED, schema.UNDEFINED}
    found |= {schema.STEADY, schema.IMPROVING, schema.WORSENING, schema.RISING, schema.FALLING}
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                found |= {line.lstrip("# ") for line in cell.source.splitlines() if line.lstrip("# ")}
    return found


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_nothing_is_left_untranslated(language: str) -> None:
    with (ROOT / "smo_reports" / "words" / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    assert len(sentences()) > 100
    missing = [said for said in sorted(sentences()) if catalogue.get(said) is None or not catalogue.get(said).string]  # type: ignore[union-attr]
    assert missing == []
