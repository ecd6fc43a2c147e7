"""Every sentence that a page can say is in every catalogue."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from babel.messages.pofile import read_po

from smo_reports import schema
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


def sentences() -> set[str]:
    found = {said for path in (ROOT / "smo_reports" / "present").glob("*.py") for said in said_in(path)}
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
