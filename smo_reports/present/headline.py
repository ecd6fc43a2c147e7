"""The paragraph that a busy person reads: what is missed, what changed, what is not known; at most five sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup, escape

from smo_reports.present import wording
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.table import status_chip
from smo_reports.present.wording import Row
from smo_reports.schema import IMPROVING, MET, MISSED, NOT_MEASURED, TOO_FEW, UNDECIDED, UNDEFINED, WORSENING
from smo_reports.words import Catalogue, catalogue, day

if TYPE_CHECKING:
    from smo_reports.project import Project

_MOST_UNKNOWN = 4
MOST, ALMOST_ALL, WHOLE = 0.5, 0.9, 1.1
"""From which share of a change on a part is called most, or almost all, of it; above the last others made up for it."""
_COUNTED = (
    (MISSED, "{n} target missed", "{n} targets missed"),
    (UNDECIDED, "{n} undecided", "{n} undecided"),
    (TOO_FEW, "{n} with too few audits", "{n} with too few audits"),
    (NOT_MEASURED, "{n} not measured", "{n} not measured"),
    (MET, "{n} met", "{n} met"),
)


def headline(
    project: Project,
    graded: pd.DataFrame,
    change: pd.DataFrame,
    parts: pd.DataFrame,
    drivers: pd.DataFrame | None = None,
) -> Exhibit:
    """The status line and the paragraph below it.

    Parameters
    ----------
    project : Project
    graded : DataFrame
        KPIs against targets, as ``analyses.against_targets`` gives them.
    change : DataFrame
        Differences to the period before, as ``analyses.change_since`` gives them.
    parts : DataFrame
        The main KPI by parts, as ``analyses.by_part`` gives them.
    drivers : DataFrame, optional
        The parts of the main KPI's change, as ``analyses.change_by_part`` gives them.
    """
    say = catalogue(project.language)
    held = graded[graded["bound"] != ""]
    counts = {status: int((held["status"] == status).sum()) for status, _, _ in _COUNTED}
    chips = [
        status_chip(status, say.count(one, many, counts[status]), wording.STATUS_SHAPES[status])
        for status, one, many in _COUNTED
        if counts[status]
    ]
    # One, two, one and one: what is not known is never what is cut.
    sentences = [
        *_missed(held, say),
        *_changing(graded, change, drivers, say)[:2],
        *_where(parts, say),
        *_unknown(held, say),
    ]
    paragraph = " ".join(sentences)
    first = Markup('<p class="smo-chips">{}</p>').format(Markup(" ").join(chips)) if chips else Markup("")
    html = Markup('<section class="smo-headline" aria-label="{}">{}<p class="smo-lead">{}</p></section>').format(
        say("In short"), first, escape(paragraph)
    )
    return Exhibit("headline", say("In short"), html, paragraph, held, counts)


def _named(row: Row, say: Catalogue) -> str:
    name = wording.within(say, str(row["title"]))
    return f"{name} ({row['part']})" if row.get("part") else name


def _missed(held: pd.DataFrame, say: Catalogue) -> list[str]:
    found = records(held[held["status"] == MISSED])
    if not found:
        return [say(_nothing_missed(held))]
    told = [
        say(
            "{kpi} {estimate}, target {target}{owner}",
            kpi=_named(row, say),
            estimate=wording.full_words(row, say),
            target=wording.target_words(row, say),
            owner=f" ({row['owner']})" if row["owner"] else "",
        )
        for row in found[:3]
    ]
    more = say.count("; and {n} more", "; and {n} more", len(found) - 3) if len(found) > 3 else ""
    return [say("Missed: {list}{more}.", list="; ".join(told), more=more)]


def _nothing_missed(held: pd.DataFrame) -> str:
    if held.empty:
        return "This project has no targets."
    if (held["status"] == MET).all():
        return "Every target is met."
    return "No target is missed." if (held["status"] == MET).any() else "No target can be called met or missed."


def _changing(graded: pd.DataFrame, change: pd.DataFrame, drivers: pd.DataFrame | None, say: Catalogue) -> list[str]:
    sentences = []
    moving = graded[(graded["part"] == "") & graded["changing"].isin([WORSENING, IMPROVING])]
    verbs = {WORSENING: "{kpis}: worsening since {day}.", IMPROVING: "{kpis}: improving since {day}."}
    for kind, sentence in verbs.items():
        own = moving[moving["changing"] == kind]
        for since in sorted(set(own["since"])):
            together = own[own["since"] == since]
            names = ", ".join(_named(row, say) for row in records(together))
            names = names[:1].upper() + names[1:]
            because = {wording.broken_words(row, say) for row in records(together)}
            said = say(sentence, kpis=names, day=day(since, say.language))
            # One sentence speaks of one cause: where KPIs do not share it, the table says each one's.
            sentences.append(said.removesuffix(".") + because.pop() + "." if len(because) == 1 else said)
    clear = change[(change["low"] > 0) | (change["high"] < 0)]
    told = []
    for row in records(clear):
        if row["kpi"] in set(moving["kpi"]) or row["unit"] == "count":
            continue
        sentence = "{kpi} rose by {size}" if row["value"] > 0 else "{kpi} fell by {size}"
        said = say(sentence, kpi=_named(row, say), size=wording.difference_words(row, say))
        told.append(said + _driven(row, drivers, say))
    if told:
        sentences.append(say("Against the period before, {list}.", list="; ".join(told[:2])))
    return sentences


def _driven(row: Row, drivers: pd.DataFrame | None, say: Catalogue) -> str:
    """In which part a change lies, where one part's own change is clear and is most of it."""
    if drivers is None or drivers.empty:
        return ""
    own = drivers[
        (drivers["kpi"] == row["kpi"]) & drivers["clear"].astype(bool) & drivers["of_change"].between(MOST, WHOLE)
    ]
    if len(own) != 1:
        return ""
    part = records(own)[0]
    splits = list(drivers.columns[: list(drivers.columns).index("kpi")])
    sentence = ", almost all of it in {part}" if part["of_change"] >= ALMOST_ALL else ", most of it in {part}"
    return say(sentence, part=wording.part_name(part, splits, say))


def _where(parts: pd.DataFrame, say: Catalogue) -> list[str]:
    marked = parts[parts["stands_out"]] if "stands_out" in parts else parts.iloc[:0]
    if marked.empty:
        return []
    row = records(marked)[0]
    splits = list(parts.columns[: list(parts.columns).index("kpi")])
    name = wording.part_name(row, splits, say)
    kpi = say(str(row["title"]))
    sentence = "{kpi} misses its target most clearly in {part}: {estimate}"
    said = say(sentence, kpi=kpi, part=name, estimate=wording.full_words(row, say))
    more = say.count(", and in {n} more part", ", and in {n} more parts", len(marked) - 1) if len(marked) > 1 else ""
    return [f"{said}{more}."]


def _unknown(held: pd.DataFrame, say: Catalogue) -> list[str]:
    open_ones = records(held[held["status"].isin([UNDECIDED, TOO_FEW, NOT_MEASURED, UNDEFINED])])
    if not open_ones:
        return []
    told = [_named(row, say) + (f" ({_why(row, say)})" if _why(row, say) else "") for row in open_ones]
    rest = len(told) - _MOST_UNKNOWN
    more = say.count("; and {n} more", "; and {n} more", rest) if rest > 0 else ""
    return [say("Not known: {list}{more}.", list="; ".join(told[:_MOST_UNKNOWN]), more=more)]


def _why(row: Row, say: Catalogue) -> str:
    """What would settle it, where something would; what is missing, where something is."""
    if row["status"] == UNDECIDED:
        return wording.needed_words(row, say) if math.isfinite(float(row["needed"])) else ""
    return say(str(row["status"]))
