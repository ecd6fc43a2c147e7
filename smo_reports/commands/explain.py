"""``smo explain``: the search for causes on a project's audits, or on a file of anybody's."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smo_reports.errors import ParameterError, SourceError

if TYPE_CHECKING:
    import pandas as pd

    from smo_reports.analyses.explanation import Explanation
    from smo_reports.analyses.finding import Finding

_READ = (".csv", ".parquet")


@dataclass(frozen=True)
class FileQuestion:
    """What is asked of a file: the parameters of ``smo_reports.explain``, as the command line gives them."""

    file: Path
    outcome: str
    period: str
    before: str
    after: str
    dimensions: tuple[str, ...]
    labeler: str
    weight: str
    population: Path | None = None
    population_weight: str = ""
    material: float = 0.001
    work: tuple[str, ...] = ()
    measured_by: tuple[str, ...] = ()
    most_columns: int = 3


def explain_file(asked: FileQuestion, format: str) -> str:
    """Explain a file.

    Raises
    ------
    ParameterError
        When a period is not named, or a tally's counts are and no population.
    SourceError
        When a file cannot be read.
    KpiError
        When a column or a period is missing from it.
    """
    from smo_reports.analyses.explain import explain

    if not asked.before or not asked.after:
        raise ParameterError(f"{asked.file}: which periods? add --before and --after, values of {asked.period!r}")
    if asked.population_weight and asked.population is None:
        raise ParameterError("--population-weight is a column of --population; name that file too")
    rows = _read(asked.file)
    everything = None if asked.population is None else _read(asked.population)
    taken = {asked.outcome, asked.period, asked.weight, asked.labeler}
    dimensions = asked.dimensions or tuple(name for name in rows.columns if name not in taken)
    found = explain(
        rows,
        asked.outcome,
        asked.period,
        _as_kept(rows, asked.period, asked.before),
        _as_kept(rows, asked.period, asked.after),
        dimensions,
        asked.labeler or None,
        asked.weight or None,
        everything,
        population_weight=asked.population_weight or None,
        material=asked.material,
        work=asked.work or None,
        measured_by=asked.measured_by or None,
        most_columns=asked.most_columns,
    )
    return _told(found, format)


def explain_project(name: str, kpi: str, period: str, before: str, dimensions: tuple[str, ...], format: str) -> str:
    """Explain a project's KPI: a period, by default its last four weeks, against another, by default the eight before.

    What names a person is told by pseudonym, and only whoever may run this command sees it.

    Raises
    ------
    ParameterError
        When no project is named.
    """
    from smo_reports.analyses.causes import root_causes
    from smo_reports.analyses.spans import compared_spans, last_audited
    from smo_reports.period import Period, default_period, from_dates, none_yet, parse_period
    from smo_reports.project import load_project
    from smo_reports.sources import read_all

    if not name:
        raise ParameterError("explain what? name a FILE, or a project with --project")
    project = load_project(name)
    shown, everything = default_period(project, "rca", period), read_all(project)
    first, last = compared_spans(everything, shown.end)
    if before:
        earlier = parse_period(before)
        asked = parse_period(period) if period else Period(*last, "")
        if None in (asked.start, asked.end, earlier.start, earlier.end):
            raise ParameterError("--before compares two periods: both need a first and a last day")
        first, last = (earlier.start, earlier.end), (asked.start, asked.end)  # type: ignore[assignment]
    named = from_dates(str(last[0]), str(last[1])) if before else shown
    empty = none_yet(named, last_audited(everything))
    found = root_causes(project, read_all(project, *first), read_all(project, *last), kpi, dimensions)
    if found.explanation is None:
        return _unexplained(found.note, empty, format)
    spans = [f"{start} to {stop} (exclusive)" for start, stop in (first, last)]
    return _told(found.shown_explanation(*spans), format, empty)


def _unexplained(note: str, empty: str, format: str) -> str:
    if format == "json":
        return json.dumps({"note": note, "period": empty or None}, indent=2)
    return f"{empty}\n{note}" if empty else note


def _told(found: Explanation, format: str, empty: str = "") -> str:
    if format == "text":
        return "\n".join([*([empty] if empty else []), repr(found)])
    scalars = ("outcome", "before", "after", "n_before", "n_after", "rate_before", "rate_after", "change", "noise")
    document = {
        **{name: getattr(found, name) for name in scalars},
        "give_or_take": found.give_or_take,
        "looked_at": found.looked_at,
        "undecided": found.undecided,
        "answer": found.answer,
        "period": empty or None,
        "parts": [asdict(part) for part in found.parts.values()],
        "findings": [_finding(one) for one in found.findings],
        "nearest": None if found.nearest is None else {**_finding(found.nearest), "more_rows": found.more_rows},
        "came_and_went": [dict(zip(("column", "value", "how"), one, strict=True)) for one in found.came_and_went],
        "unaudited": {
            "before": found.unaudited.before,
            "after": found.unaudited.after,
            "where": [dict(zip(("column", "value", "share"), one, strict=True)) for one in found.unaudited.where],
        },
    }
    return json.dumps(_plain(document), indent=2, ensure_ascii=False, default=str)


def _finding(one: Finding) -> dict[str, Any]:
    # Fields are read one by one: asdict would copy a segment as the kind of mapping that it is.
    return {**asdict(one), "segment": dict(one.segment), "also": list(map(dict, one.also))}


def _plain(value: Any) -> Any:
    """Nan and infinity as null: JSON knows neither."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    if path.suffix.lower() not in _READ:
        raise SourceError(f"{path}: a file is one of {', '.join(_READ)}")
    try:
        return pd.read_parquet(path) if path.suffix.lower() == ".parquet" else pd.read_csv(path)
    except FileNotFoundError:
        raise SourceError(f"{path}: there is no such file") from None
    except (ValueError, OSError, pa.ArrowException) as error:
        raise SourceError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from None


def _as_kept(rows: pd.DataFrame, column: str, text: str) -> object:
    """The value of a column that a text on the command line means, such as the number 46."""
    if column in rows:
        for value in rows[column].dropna().unique():
            if str(value) == text:
                kept: object = value.item() if hasattr(value, "item") else value
                return kept
    return text
