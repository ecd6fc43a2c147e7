"""All projects on one page: a row a project, a column a KPI, each with its line, interval and status."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present import wording
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.kpi_table import note_words
from smo_reports.present.sparkline import sparkline
from smo_reports.present.table import Column, status_chip, table
from smo_reports.present.wording import Row
from smo_reports.schema import IMPROVING, MISSED, NOT_MEASURED, WORSENING
from smo_reports.words import Catalogue, catalogue, day

if TYPE_CHECKING:
    from smo_reports.project import Workspace

_SHOWN_WEEKS = 13
_MOST = 4


def portfolio_summary(workspace: Workspace, kpis: pd.DataFrame, unread: Mapping[str, str]) -> Exhibit:
    """The paragraph above the table: what is missed, what is getting worse or better, what could not be read.

    Parameters
    ----------
    workspace : Workspace
    kpis : DataFrame
        Graded estimates of all projects, as ``analyses.portfolio`` gives them.
    unread : mapping of str to str
        Projects that could not be read, and why.
    """
    say = catalogue(workspace.language)
    sentences = [*_missed(kpis, say), *_moving(kpis, say), *_unread(unread, say)]
    paragraph = " ".join(sentences)
    html = Markup('<section class="smo-headline" aria-label="{}"><p class="smo-lead">{}</p></section>').format(
        say("In short"), paragraph
    )
    return Exhibit("headline", say("In short"), html, paragraph, kpis, {"unread": len(unread)})


def _missed(kpis: pd.DataFrame, say: Catalogue) -> list[str]:
    if kpis.empty:
        return []
    projects = kpis["project"].nunique()
    held = kpis[kpis["bound"] != ""]
    missed = records(held[held["status"] == MISSED])
    if held.empty:
        return [say("These projects have no targets.")]
    if not missed:
        return [say.count("No target is missed in {n} project.", "No target is missed in {n} projects.", projects)]
    told = [
        say(
            "{project}: {kpi} {estimate}, target {target}",
            project=row["project_title"],
            kpi=_named(row, say),
            estimate=wording.full_words(row, say),
            target=wording.target_words(row, say),
        )
        for row in missed[:_MOST]
    ]
    more = say.count("; and {n} more", "; and {n} more", len(missed) - _MOST) if len(missed) > _MOST else ""
    missing = len({row["project"] for row in missed})
    count = say.count(
        "{n} of {all} projects misses a target.", "{n} of {all} projects miss a target.", missing, all=projects
    )
    return [count, f"{'; '.join(told)}{more}."]


def _named(row: Row, say: Catalogue) -> str:
    name = wording.within(say, str(row["title"]))
    return f"{name} ({row['part']})" if row.get("part") else name


def _moving(kpis: pd.DataFrame, say: Catalogue) -> list[str]:
    if kpis.empty:
        return []
    found = []
    sentences = {WORSENING: "Worsening: {list}.", IMPROVING: "Improving: {list}."}
    for kind, sentence in sentences.items():
        own = records(kpis[(kpis["part"] == "") & (kpis["changing"] == kind)])
        told = [
            say(
                "{project}, {kpi}, since {day}",
                project=row["project_title"],
                kpi=wording.within(say, str(row["title"])),
                day=day(pd.Timestamp(row["since"]).date(), say.language),
            )
            for row in own[:_MOST]
        ]
        more = say.count("; and {n} more", "; and {n} more", len(own) - _MOST) if len(own) > _MOST else ""
        if told:
            found.append(say(sentence, list="; ".join(told) + more))
    return found or [say("No KPI is worsening or improving beyond its usual ups and downs.")]


def _unread(unread: Mapping[str, str], say: Catalogue) -> list[str]:
    return [say("Not read: {list}.", list=", ".join(sorted(unread)))] if unread else []


def portfolio_table(
    workspace: Workspace, names: Sequence[str], kpis: pd.DataFrame, weekly: pd.DataFrame, unread: Mapping[str, str]
) -> Exhibit:
    """One row a project, one column a KPI, in the order of ``names``.

    Parameters
    ----------
    workspace : Workspace
    names : sequence of str
        The KPIs.
    kpis, weekly : DataFrame
        As ``analyses.portfolio`` gives them.
    unread : mapping of str to str
        Projects that could not be read, and why.
    """
    say = catalogue(workspace.language)
    whole = kpis[kpis["part"] == ""] if not kpis.empty else kpis
    titles = dict(zip(whole["kpi"], whole["title"], strict=True)) if not kpis.empty else {}
    names = [name for name in names if name in titles]
    columns = [Column(say("Project")), *(Column(say(titles[name])) for name in names)]
    rows: list[Sequence[str | Markup]] = []
    for (title, project), own in whole.groupby(["project_title", "project"], sort=True) if names else ():
        by_name = {str(row["kpi"]): row for row in records(own)}
        weeks = weekly[weekly["project"] == project]
        rows.append(
            [
                str(title),
                *(_cell(by_name[name], weeks[weeks["kpi"] == name], say) for name in names),
            ]
        )
    for project in sorted(unread):
        # Why may name a server or a folder: the project's own run says it, to whoever runs it.
        rows.append([project, say("could not be read; its own report says why"), *[""] * max(len(names) - 1, 0)])
    note = say(
        "Each number is of this period's work, with its 95 % interval; the line shows the last 13 weeks, the dashed "
        "line the project's own target. Projects differ in policies, markets and targets: this is no ranking."
    )
    html = table(columns, rows, say("Projects and their KPIs"), note)
    text = "; ".join(
        f"{row['project_title']}, {say(str(row['title']))}: {wording.full_words(row, say)}" for row in records(whole)
    )
    return Exhibit("portfolio", say("Projects"), html, text, whole)


def _cell(row: Row, weeks: pd.DataFrame, say: Catalogue) -> Markup:
    """A KPI of a project: its line, the estimate, what it is against its target, and whether it is changing."""
    if str(row["status"]) == NOT_MEASURED or math.isnan(float(row["value"])):
        return Markup('<span class="smo-muted">{}</span>').format(
            note_words(str(row["note"]), say) or say(NOT_MEASURED)
        )
    values = weeks["value"].tail(_SHOWN_WEEKS).to_list()
    known = [value for value in values if not math.isnan(value)]
    unit = str(row["unit"])
    line = Markup("")
    if len(known) > 1:
        first, last = (wording.amount(value, math.nan, unit, say.language) for value in (known[0], known[-1]))
        alt = say("from {first} to {last} in {n} weeks", first=first, last=last, n=len(known))
        line = sparkline(values, float(row["target"]), alt)
    inside = wording.interval_words(row, say)
    said = Markup("<strong>{}</strong>").format(wording.estimate_words(row, say))
    said += Markup(' <span class="smo-interval">({})</span>').format(inside) if inside else Markup("")
    status = str(row["status"])
    chip = status_chip(status, say(status), wording.STATUS_SHAPES[status]) if status else Markup("")
    word = str(row["changing"] or "")
    if word in (WORSENING, IMPROVING):
        chip += Markup(' <span class="smo-change {}">{}</span>').format(word, say(word))
    return Markup('<span class="smo-cell">{}{}{}</span>').format(said, line, chip)
