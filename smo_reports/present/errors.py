"""Kinds of errors, and labels that are taken for each other, as chart, table and sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present import wording
from smo_reports.present.error_charts import confusion_chart, pareto_chart, short
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.table import Column, table
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, catalogue, number, share, spread

if TYPE_CHECKING:
    from smo_reports.analyses import Confusion, Pareto
    from smo_reports.project import Project

CODES = {
    "false_positive": "acted when it should not",
    "false_negative": "did not act when it should",
    "wrong_selection": "right to act, wrong label",
    "technical": "technical",
    "guideline_gap": "guideline gap",
    "guideline_ambiguity": "guideline ambiguity",
    "knowledge": "knowledge",
    "slip": "slip",
    "tool": "tool",
    "gold_error": "gold error",
    "new_pattern": "new pattern",
    "load": "load",
}
"""The usual codes in words; what a project or an auditor wrote is shown as it is."""

TITLES = {"error_type": "Errors by type", "root_cause": "Errors by root cause"}
_MOST_CODES = 12
_MOST_LABELS = 12
_MOST_MATRICES = 6


def error_pareto(project: Project, found: Pareto) -> Exhibit:
    """Kinds of errors, the commonest first, with how many errors have a code at all.

    Parameters
    ----------
    project : Project
    found : Pareto
        As ``analyses.error_pareto`` gives it.
    """
    say = catalogue(project.language)
    title = say(TITLES[found.coding])
    if found.missing:
        return nothing("pareto", title, say("Not measured: needs {what}.", what=found.missing))
    if not found.errors:
        return nothing("pareto", title, say("The random audits of this period found no error."))
    coded = say(
        "{coded} of {errors} errors that random audits found have a code ({share}).",
        coded=_whole(found.coded, say),
        errors=_whole(found.errors, say),
        share=share(found.coverage, 0.5, say.language),
    )
    if not found.coded:
        return nothing("pareto", title, coded)
    shown = found.codes[(found.codes["code"] == "") | (found.codes.index < _MOST_CODES)]
    names = [_code(row, say) for row in records(shown)]
    first = records(shown)[0]
    finding = say("{code}: {share} of the errors", code=names[0], share=_of(first, say))
    alt = f"{finding}. {coded} " + "; ".join(
        f"{name} {_of(row, say)}" for name, row in zip(names, records(shown), strict=True)
    )
    note = coded + " " + say(
        "Shares are of all errors, weighted as the audits were drawn; errors without a code are not shared out."
    )  # fmt: skip
    if len(found.codes) > len(shown):
        left = len(found.codes) - len(shown)
        note += " " + say.count("{n} rarer code is not shown.", "{n} rarer codes are not shown.", left)
    drawn = pareto_chart(shown, names, alt, say)
    caption = say("Bar: share of the errors, with 95 % interval; line: with all above it")
    html = _figure(finding, caption, drawn) + _codes_table(shown, names, title, note, say)
    facts = {"errors": found.errors, "coded": found.coded, "coding": found.coding}
    return Exhibit("pareto", title, html, f"{finding}. {coded}", found.codes, facts)


def _codes_table(shown: pd.DataFrame, names: list[str], title: str, note: str, say: Catalogue) -> Markup:
    columns = [
        Column(say("Code")),
        Column(say("Errors found"), digits=True),
        Column(say("Share of errors (95 % interval)"), digits=True),
        Column(say("With all above"), digits=True),
        Column(say("Points of accuracy (95 % interval)"), digits=True),
    ]
    rows = [
        [name, _whole(row["n"], say), _of(row, say), share(row["cumulative"], 0.5, say.language), lost_words(row, say)]
        for name, row in zip(names, records(shown), strict=True)
    ]
    return table(columns, rows, title, note)


def _code(row: Row, say: Catalogue) -> str:
    if row["code"] == "":
        return say("no code given")
    known = say(CODES[row["code"]]) if row["code"] in CODES else short(str(row["code"]), 60)
    return known if row["listed"] else say("{code} (not in the project's list)", code=known)


def _of(row: Row, say: Catalogue) -> str:
    return wording.full_words({**row, "unit": "share"}, say)


def lost_words(row: Row, say: Catalogue, names: tuple[str, str, str] = ("lost", "lost_low", "lost_high")) -> str:
    """Lost accuracy in points, with its interval: ``1.2 (0.7 to 1.7)``."""
    value, low, high = (float(row[name]) for name in names)
    if math.isnan(value):
        return "–"
    half = spread(low, high)
    size, first, last = (number(100 * part, 100 * half, say.language, most=2) for part in (value, low, high))
    return say("{size} ({low} to {high})", size=size, low=first, high=last)


def confusion_matrix(project: Project, found: Confusion) -> Exhibit:
    """What labelers said of the items of each true label: shares of the row, and how many audits.

    Parameters
    ----------
    project : Project
    found : Confusion
        As ``analyses.confusion`` gives it; one matrix a segment, at most six.
    """
    say = catalogue(project.language)
    title = say("Confusion matrix")
    if found.missing:
        return nothing("confusion", title, say("Not measured: needs {what}.", what=found.missing))
    if found.cells.empty:
        why = say("Too few people stand behind these audits.") if found.hidden or found.hidden_truths else ""
        return nothing("confusion", title, why or say("No random audit of this period says what was right."))
    split = list(found.by)
    whole = found.cells.groupby(split, sort=False, dropna=False) if split else [((), found.cells)]
    segments = sorted(whole, key=lambda part: -int(part[1]["n"].sum()))
    drawn, said = [], []
    for values, cells in segments[:_MOST_MATRICES]:
        first = dict(zip(split, values, strict=True))
        name = short(wording.part_name(first, split, say), 60) if split else ""
        finding = (f"{name}: " if name else "") + _worst(cells, say)
        counts, shares = _square(cells, found.labels)
        alt = f"{finding}. " + "; ".join(
            _cell_words(row, say) for row in records(cells) if row["truth"] != row["given"]
        )
        caption = say("Share of the items of each true label, and audits; coloured: what was confused")
        drawn.append(_figure(finding, caption, confusion_chart(counts, shares, alt, say)))
        said.append(finding)
    note = _matrix_note(found, len(segments), say)
    html = Markup("").join(drawn) + Markup('<p class="smo-note">{}</p>').format(note)
    return Exhibit("confusion", title, html, ". ".join(said), found.cells, {"unlabelled": found.unlabelled})


def _matrix_note(found: Confusion, segments: int, say: Catalogue) -> str:
    parts = [
        say("Random audits, weighted as they were drawn; each row adds up to 100 %. What the auditor said is right.")
    ]
    if found.unlabelled:
        parts.append(
            say.count(
                "{n} audit does not say what was right.", "{n} audits do not say what was right.", found.unlabelled
            )
        )
    if found.several:
        parts.append(say("Of decisions with several labels each set of labels is one label here."))
    if len(found.labels) > _MOST_LABELS:
        parts.append(say("Shown are the {n} labels that are confused most; the others are in no row.", n=_MOST_LABELS))
    if found.hidden:
        parts.append(
            say.count(
                "{n} segment is left out: fewer than three people stand behind it.",
                "{n} segments are left out: fewer than three people stand behind each.",
                found.hidden,
            )
        )
    if found.hidden_truths:
        parts.append(
            say.count(
                "{n} true label is left out: fewer than three people stand behind it.",
                "{n} true labels are left out: fewer than three people stand behind each.",
                found.hidden_truths,
            )
        )
    if segments > _MOST_MATRICES:
        parts.append(say("Shown are the {n} segments with the most audits.", n=_MOST_MATRICES))
    return " ".join(parts)


def _square(cells: pd.DataFrame, labels: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts and shares with true labels in rows; of many labels those that are confused most."""
    wrong = cells[cells["truth"] != cells["given"]]
    often = pd.concat([wrong.groupby("truth")["n"].sum(), wrong.groupby("given")["n"].sum()]).groupby(level=0).sum()
    seen = {*cells["truth"], *cells["given"]}
    kept = sorted((one for one in labels if one in seen), key=lambda one: -int(often.get(one, 0)))[:_MOST_LABELS]
    shown = [one for one in labels if one in kept]
    rows = [one for one in shown if one in set(cells["truth"])]
    counts, shares = (
        cells.pivot_table(index="truth", columns="given", values=name, aggfunc="sum").reindex(rows, columns=shown)
        for name in ("n", "value")
    )
    return counts.fillna(0.0), shares.fillna(0.0)


def _worst(cells: pd.DataFrame, say: Catalogue) -> str:
    wrong = cells[cells["truth"] != cells["given"]]
    if wrong.empty:
        return say("No label was taken for another")
    row = records(wrong.sort_values(["n", "value"], ascending=False))[0]
    return say("Most audits of one confusion: {cell}", cell=_cell_words(row, say))


def _cell_words(row: Row, say: Catalogue) -> str:
    return say(
        "{truth} called {given}: {n} of {whole} audits, {share}",
        truth=short(str(row["truth"])),
        given=short(str(row["given"])),
        n=_whole(row["n"], say),
        whole=_whole(row["truth_n"], say),
        share=_of(row, say),
    )


def _whole(value: float, say: Catalogue) -> str:
    return number(float(value), math.nan, say.language, most=0)


def _figure(finding: str, caption: str, drawn: Markup) -> Markup:
    return Markup(
        '<figure class="smo-figure wide"><figcaption><strong>{}</strong><span>{}</span></figcaption>{}</figure>'
    ).format(finding, caption, drawn)


def nothing(kind: str, title: str, why: str) -> Exhibit:
    """A section that has nothing to show says why."""
    return Exhibit(kind, title, Markup('<p class="smo-note">{}</p>').format(why), why)
