"""Every sentence that a page can say is in every catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
import pytest
from babel.messages.pofile import read_po

from smo_reports import schema
from smo_reports.analyses import action_states, verdicts
from smo_reports.analyses.auditors import LENIENT, STRICTER
from smo_reports.analyses.causes import LOOKED_AT
from smo_reports.analyses.people import ABOVE, BELOW, SAME
from smo_reports.kpis import KPIS
from smo_reports.kpis.estimate import DERIVED
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


def looked_up_in(path: Path, constants: dict[str, ast.expr]) -> Iterator[str]:
    """What ``say(NAME[…])`` and ``say(NAME.get(…))`` can come to: all values of a constant, be they words of a code."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) == "say":
            said = node.args[0]
            if isinstance(said, ast.Call) and isinstance(said.func, ast.Attribute) and said.func.attr == "get":
                said = said.func
            if isinstance(said, ast.Subscript | ast.Attribute):
                name = ast.unparse(said.value).rpartition(".")[2]
                yield from _values(constants[name]) if name in constants else ()


def constants_of(paths: Sequence[Path]) -> dict[str, ast.expr]:
    """The modules' constants by name."""
    found: dict[str, ast.expr] = {}
    for path in paths:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
                if name.isupper():
                    # A name that two modules have must not hide the sentences of either.
                    found[name] = ast.Tuple([found[name], node.value]) if name in found else node.value
    return found


def needed_in(path: Path) -> Iterator[str]:
    """What a note says is needed, with places for its numbers as the catalogue has them."""
    found: list[ast.AST] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "missing" and len(node.args) == 3:
            found.append(node.args[2])
        elif isinstance(node, ast.Constant) and str(node.value).startswith(NEEDS) and node.value != NEEDS:
            found.append(ast.Constant(str(node.value).removeprefix(NEEDS)))
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "needs":
            found.append(node.value)
    for node in found:
        # What ends with a blank is the beginning of a longer text, whose end the rows give.
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.endswith(" "):
            places = iter(range(9))
            yield re.sub(r"\d+", lambda _, at=places: f"{{n{next(at)}}}", node.value)  # type: ignore[misc]


NEEDS = "not measured: needs "

NO_SENTENCES = re.compile(
    r"<|^ |^[a-z]+: |^not measured|^past due$|^will be late$|^(overdue|reopened|unacknowledged) action$|^next batch$"
    r"|, #[0-9a-f]{6}$|^gold or auditor$"
    r"|^\{n\} targets missed$|^(Krippendorff|Gwet|Cohen|Fleiss)$"
)
"""Markup, units, colours, and words of the code's own."""


def sentences() -> set[str]:
    modules = sorted((ROOT / "smo_reports" / "present").glob("*.py"))
    found = {said for path in (*modules, *(ROOT / "smo_reports" / "runs").rglob("*.py")) for said in said_in(path)}
    found |= {said for path in modules for said in listed_in(path) if not NO_SENTENCES.search(said)}
    constants = constants_of(modules)
    found |= {said for path in modules for said in looked_up_in(path, constants)}
    found |= {kind for path in modules for kind in re.findall(r'page_header\(project, "([^"]+)"', path.read_text())}
    rooms = [path for room in ("analyses", "kpis") for path in (ROOT / "smo_reports" / room).glob("*.py")]
    found |= {said for path in rooms for said in needed_in(path)} | {text for text in DERIVED.values() if " " in text}
    found |= {*LOOKED_AT, "labeler_id", "random audits in a period", "all work", "the audited work only"}
    found |= {action_states.OPEN, action_states.OVERDUE, action_states.UNACKNOWLEDGED, action_states.REOPENED}
    found |= {action_states.DONE, action_states.RUNNING, verdicts.EFFECTIVE, verdicts.NOT_EFFECTIVE}
    found |= {verdicts.PARTLY, action_states.UNREADABLE}
    found |= {"audits of the segment", "everything", "Actions", "Actions about one person"}
    found |= {BELOW, ABOVE, SAME, STRICTER, LENIENT, "usual", "limit", "target"}
    found |= {part for kpi in KPIS.values() for part in (kpi.title, kpi.question, kpi.counts)}
    found |= {schema.MET, schema.MISSED, schema.UNDECIDED, schema.TOO_FEW, schema.NOT_MEASURED, schema.UNDEFINED}
    found |= {schema.STEADY, schema.IMPROVING, schema.WORSENING, schema.RISING, schema.FALLING}
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                found |= {line.lstrip("# ") for line in cell.source.splitlines() if line.lstrip("# ")}
            else:
                found |= set(re.findall(r'page_header\(\w+, "([^"]+)"', cell.source))
    return found


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_nothing_is_left_untranslated(language: str) -> None:
    with (ROOT / "smo_reports" / "words" / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    assert len(sentences()) > 100
    missing = [said for said in sorted(sentences()) if catalogue.get(said) is None or not catalogue.get(said).string]  # type: ignore[union-attr]
    assert missing == []
