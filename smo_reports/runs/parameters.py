"""A report's parameters: read from its parameters cell, and checked before anything runs.

papermill only logs an unknown parameter and misses ``X: int | None``; an unattended run has to refuse both.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from smo_reports.errors import ParameterError, ReportError, nearest
from smo_reports.project import PeriodKind
from smo_reports.runs.bounds import Bounds, read_bounds
from smo_reports.runs.declared import Declared, from_annotation, from_default

ALWAYS = ("project", "start", "end")
"""What every parameters cell has: the project's name, and the period as ISO dates, its end exclusive."""

EVERY = "*"
"""The default of ``project`` that makes a report one of the workspace; as its value it means all projects."""

PINS = ("data_version", "data_versions")
"""The version that a run reads its project's tables at, and those of several projects by name; the run sets them."""

PERSON = "person"
"""The parameter that makes a report one person's page."""


@dataclass(frozen=True)
class Parameter:
    """One parameter: its name, declared type and default, and between what it may be set where the notebook says so."""

    name: str
    kind: Declared
    default: object
    bounds: Bounds | None = None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        known = [other.stem for other in path.parent.glob("*.ipynb")]
        raise ReportError(f"no report {path.stem!r} in {path.parent}; {nearest(path.stem, known)}") from None
    except (ValueError, OSError) as error:
        raise _no_notebook(path, error) from None


def _no_notebook(path: Path, error: Exception) -> ReportError:
    return ReportError(f"{path}: not a notebook ({type(error).__name__}: {error}); open and save it in Jupyter")


# One plan asks the same few notebooks several times for each of its jobs. Nobody changes what is handed out.
@lru_cache(maxsize=64)
def _content(path: Path, text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError) as error:
        raise _no_notebook(path, error) from None


def _parameters_cell(path: Path, text: str) -> str:
    """Return the source of the one code cell tagged ``parameters``."""
    try:
        found = [
            cell
            for cell in _content(path, text)["cells"]
            if cell["cell_type"] == "code" and "parameters" in cell["metadata"].get("tags", [])
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_notebook(path, error) from None
    if len(found) != 1:
        raise ReportError(f"{path}: {len(found)} code cells are tagged 'parameters'; tag exactly one")
    source = found[0]["source"]
    return source if isinstance(source, str) else "".join(source)


def _parameter(path: Path, target: ast.expr, annotation: ast.expr | None, value: ast.expr | None) -> Parameter:
    if not isinstance(target, ast.Name) or value is None:
        raise ReportError(f"{path}: parameters cell: {ast.unparse(target)!r} needs the form name = value")
    try:
        default = ast.literal_eval(value)
        inferred = from_default(default)
    except (ValueError, TypeError):
        said = ast.unparse(value)
        raise ReportError(
            f"{path}: parameters cell: {target.id} = {said}; write a plain JSON value, not an expression"
        ) from None
    try:
        kind = from_annotation(annotation) if annotation is not None else inferred
    except (ValueError, SyntaxError):
        said = ast.unparse(annotation) if annotation is not None else ""
        cure = "use int, float, str, bool, None, list[...], dict[str, ...], Literal[...]"
        raise ReportError(f"{path}: parameters cell: {target.id} has the type {said}; {cure}") from None
    try:
        return Parameter(target.id, kind, kind.accept(default))
    except (ValueError, TypeError):
        raise ReportError(f"{path}: parameters cell: {target.id} is {kind}, but its default is {default!r}") from None


def read_parameters(path: Path) -> dict[str, Parameter]:
    """Read the parameters that a notebook declares.

    Parameters
    ----------
    path : Path
        The report's notebook.

    Returns
    -------
    dict of str to Parameter
        In the order of the cell.

    Raises
    ------
    ReportError
        When there is no such notebook, not exactly one parameters cell, a default that is no plain JSON
        value, when ``project``, ``start`` or ``end`` is missing, when a parameter does not fit a report of
        one project, or of several, or when the metadata's bounds are malformed.
    """
    return dict(_declared(path, _text(path)))


@lru_cache(maxsize=64)
def _declared(path: Path, text: str) -> dict[str, Parameter]:
    try:
        body = ast.parse(_parameters_cell(path, text)).body
    except SyntaxError as error:
        raise ReportError(f"{path}: parameters cell, line {error.lineno}: {error.msg}") from None
    found: dict[str, Parameter] = {}
    for statement in body:
        match statement:
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
                continue
            case ast.Assign(targets=[target], value=value):
                parameter = _parameter(path, target, None, value)
            case ast.AnnAssign(target=target, annotation=annotation, value=default):
                parameter = _parameter(path, target, annotation, default)
            case _:
                said = ast.unparse(statement).splitlines()[0]
                raise ReportError(f"{path}: parameters cell: {said!r} is no parameter; write name = value")
        found[parameter.name] = parameter
    missing = [name for name in ALWAYS if name not in found]
    if missing:
        raise ReportError(f"{path}: parameters cell: {missing[0]!r} is missing; every report has {', '.join(ALWAYS)}")
    strange = PINS[0] if shows_several(found) else PINS[1]
    if strange in found:
        fits = next(name for name in PINS if name != strange)
        raise ReportError(
            f"{path}: parameters cell: with project = {found['project'].default!r}, {strange!r} has no meaning; "
            f"declare {fits!r}"
        )
    if PERSON in found and shows_several(found):
        raise ReportError(f"{path}: parameters cell: {PERSON!r} is of one project; project = {EVERY!r} means several")
    bounds = read_bounds(path, _own_metadata(path).get("bounds"), found)
    return {name: replace(one, bounds=bounds.get(name)) for name, one in found.items()}


def _own_metadata(path: Path) -> dict[str, Any]:
    """What a notebook's own metadata says to this package; nothing where it has none."""
    metadata = _content(path, _text(path)).get("metadata")
    said = metadata.get("smo") if isinstance(metadata, dict) else None
    return said if isinstance(said, dict) else {}


def usual_period(path: Path) -> PeriodKind:
    """What a report's period is when neither a person nor a plan names one: a week, unless the notebook says else.

    It says so in its own metadata: ``"smo": {"period": "today"}``.

    Raises
    ------
    ReportError
        When it is none of the known kinds, or when the file is no notebook.
    """
    kind = _own_metadata(path).get("period", "week")
    kinds: dict[object, PeriodKind] = {known: known for known in get_args(PeriodKind)}
    if kind not in kinds:
        raise ReportError(f"{path}: metadata smo.period is {kind!r}; {nearest(str(kind), map(str, kinds))}")
    return kinds[kind]


def shows_several(declared: dict[str, Parameter]) -> bool:
    """Whether a report with these parameters is of the workspace: several projects on one page."""
    return declared["project"].default == EVERY


def check_parameters(path: Path, given: dict[str, object]) -> dict[str, object]:
    """Check what was given against what a notebook declares.

    Parameters
    ----------
    path : Path
        The report's notebook.
    given : dict
        Values by name. Text for a parameter that is no text (``-P weeks=4``) is read as the declared type.

    Returns
    -------
    dict
        The given values, as the declared types have them; what was not given keeps the cell's default.

    Raises
    ------
    ParameterError
        On an unknown name, a value of the wrong type or one out of bounds.
    ReportError
        As :func:`read_parameters`.
    """
    declared = read_parameters(path)
    checked = {}
    for name, value in given.items():
        if name not in declared:
            raise ParameterError(f"report {path.stem!r}: unknown parameter {name!r}; {nearest(name, declared)}")
        kind = declared[name].kind
        try:
            checked[name] = kind.read(value) if isinstance(value, str) else kind.accept(value)
        except (ValueError, TypeError):
            got = f"{value!r} ({type(value).__name__})"
            raise ParameterError(f"report {path.stem!r}: parameter {name!r} expects {kind}, got {got}") from None
        if (bounds := declared[name].bounds) is not None:
            bounds.check(path.stem, name, checked[name])
    return checked
