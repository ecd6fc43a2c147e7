"""The sections after the first screen: weeks, parts, people, data quality and definitions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup, escape

from smo_reports.present import wording
from smo_reports.present.charts import interval_chart, week_chart
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.kpi_table import note_words
from smo_reports.present.table import Column, status_chip, table
from smo_reports.present.wording import Row
from smo_reports.schema import STEADY
from smo_reports.words import Catalogue, catalogue, day, number, share, spread

if TYPE_CHECKING:
    from smo_reports.analyses import Evidence
    from smo_reports.project import Project

_MOST_PARTS = 24
_MOST_EVENTS = 5
_PLOTTED = "By week, with 95 % interval for labelers like these; usual level and limits from the older weeks"


def weekly_charts(project: Project, graded: pd.DataFrame, weekly: pd.DataFrame, events: pd.DataFrame) -> Exhibit:
    """One chart a KPI that has a target, by week, each titled with what it shows.

    Parameters
    ----------
    project : Project
    graded : DataFrame
        KPIs against targets.
    weekly : DataFrame
        Estimates by week.
    events : DataFrame
        ``at, kind, name``: what changed; marked on every chart.
    """
    say = catalogue(project.language)
    marked = _marks(events)
    figures, titles = [], []
    held = graded[(graded["bound"] != "") & (graded["part"] == "")]
    for row in records(held):
        weeks = weekly[weekly["kpi"] == row["kpi"]]
        if weeks["value"].notna().sum() < 2:
            continue
        finding, alt = _finding(row, weeks, say)
        drawn = week_chart(_charted(weeks), row["unit"], alt, say, float(row["target"]), marked)
        figures.append(
            Markup(
                '<figure class="smo-figure"><figcaption><strong>{}</strong><span>{}</span></figcaption>{}</figure>'
            ).format(finding, say(_PLOTTED), drawn)
        )
        titles.append(finding)
    if not figures:
        return _nothing("weekly_charts", say("Week by week"), say("No KPI with a target has two weeks to show yet."))
    listed = "; ".join(
        f"{event['mark']}: {event['name']} ({day(event['at'], say.language)})" for event in records(marked)
    )
    note = Markup('<p class="smo-note">{}</p>').format(say("Marked: {list}.", list=listed)) if listed else Markup("")
    html = Markup('<div class="smo-figures">{}</div>{}').format(Markup("").join(figures), note)
    shown = weekly[weekly["kpi"].isin(held["kpi"])]
    return Exhibit("weekly_charts", say("Week by week"), html, ". ".join(titles), shown)


def _charted(weeks: pd.DataFrame) -> pd.DataFrame:
    """Weeks with the chart that judges them; those of a page that made none have no limits."""
    missing = {name: math.nan for name in ("centre", "lower", "upper") if name not in weeks}
    return weeks.assign(**missing, **({} if "phase" in weeks else {"phase": 0}))


def _marks(events: pd.DataFrame) -> pd.DataFrame:
    """The newest days on which something changed, a letter each; what changed on one day shares its letter."""
    days = events.groupby("at", sort=True)["name"].agg(" + ".join).reset_index().tail(_MOST_EVENTS)
    return days.assign(mark=list("abcde")[: len(days)])


def _finding(row: Row, weeks: pd.DataFrame, say: Catalogue) -> tuple[str, str]:
    """A chart's title, and its alternative text with the numbers."""
    title = say(str(row["title"]))
    last = records(weeks[weeks["value"].notna()])[-1]
    if row["changing"] == STEADY:
        usual = wording.amount(float(row["usual"]), spread(last["low"], last["high"]), str(row["unit"]), say.language)
        finding = say("{kpi}: steady around {value}", kpi=title, value=usual)
    elif row["changing"]:
        since = day(row["since"], say.language)
        finding = say("{kpi}: {word} since {day}", kpi=title, word=say(row["changing"]), day=since)
        finding += wording.broken_words(row, say)
    else:
        finding = say("{kpi}: too early to tell whether it is changing", kpi=title)
    newest = say("newest week {value}", value=wording.full_words(last, say))
    alt = f"{finding}; {newest}; {say('target {target}', target=wording.target_words(row, say))}"
    return finding, alt


def parts_breakdown(project: Project, parts: pd.DataFrame) -> Exhibit:
    """One KPI by parts, as chart and table; what stands out misses its target even when all parts were looked at."""
    say = catalogue(project.language)
    splits = list(parts.columns[: list(parts.columns).index("kpi")])
    title, unit = say(str(parts["title"].iloc[0])), str(parts["unit"].iloc[0])
    known = parts[parts["value"].notna()].head(_MOST_PARTS).reset_index(drop=True)
    if known.empty:
        why = note_words(str(parts["note"].iloc[0]), say)
        return _nothing("parts", title, say("{kpi} is not measured here: {why}.", kpi=title, why=why))
    names = [wording.part_name(row, splits, say) for row in records(known)]
    marked = int(parts["stands_out"].sum())
    finding = say.count(
        "{kpi}: {n} part stands out as missing its target",
        "{kpi}: {n} parts stand out as missing their target",
        marked,
        kpi=title,
    )
    if not marked:
        finding = say("{kpi}: no part stands out as missing its target", kpi=title)
    alt = finding + "; " + "; ".join(
        f"{name} {wording.full_words(row, say)}" for name, row in zip(names, records(known), strict=True)
    )  # fmt: skip
    columns = [
        Column(" / ".join(say(name) for name in splits) or say("part")),
        Column(say("Estimate (95 % interval)"), digits=True),
        Column(say("n"), digits=True),
        Column(say("Target"), digits=True),
        Column(say("Against target")),
    ]
    rows = [_part_row(name, row, say) for name, row in zip(names, records(known), strict=True)]
    note = say(
        "Strongest evidence of a miss first. Of {n} parts some miss or meet a target by chance; one that stands out "
        "would do so by chance in fewer than 5 of 100 such tables.",
        n=len(known),
    )
    if len(parts) > len(known):
        note += " " + say.count("{n} more part is not shown.", "{n} more parts are not shown.", len(parts) - len(known))
    drawn = interval_chart(known, names, unit, alt, say)
    html = Markup(
        '<figure class="smo-figure wide"><figcaption><strong>{}</strong><span>{}</span></figcaption>{}</figure>{}'
    ).format(
        finding,
        say("Dot: estimate; line: 95 % interval of this period's work; bar: target"),
        drawn,
        table(columns, rows, f"{title}: {' × '.join(say(name) for name in splits)}", note),
    )
    return Exhibit("parts", title, html, alt, parts)


def _nothing(kind: str, title: str, why: str) -> Exhibit:
    """A section that has nothing to show says why."""
    return Exhibit(kind, title, Markup('<p class="smo-note">{}</p>').format(why), why)


def _part_row(name: str, row: Row, say: Catalogue) -> list[str | Markup]:
    status = str(row["status"])
    chip = status_chip(status, say(status), wording.STATUS_SHAPES[status]) if status else Markup("")
    if row["stands_out"]:
        chip += Markup(' <span class="smo-why">{}</span>').format(say("stands out"))
    n = number(float(row["n"]), math.nan, say.language, most=0)
    return [name, wording.full_words(row, say), n, wording.target_words(row, say), chip]


def data_quality(project: Project, rests_on: Evidence) -> Exhibit:
    """What the page rests on and what was set aside, with the rule that each row broke."""
    say = catalogue(project.language)
    count = [
        (say("Decisions in the period"), rests_on.decisions),
        (say("Skipped items, left out"), rests_on.skipped),
        (say("Random audits of them"), rests_on.random_audits),
        (say("Other audits, never used for quality"), rests_on.other_audits),
        (say("Random audits made after the period was over"), rests_on.late_audits),
        (say("Decisions without a date, used only for all data"), rests_on.undated),
        (say("Rows read by all imports"), rests_on.imported),
        (say("New rows kept by all imports"), rests_on.taken),
        (say("Rows set aside by all imports"), rests_on.rows_set_aside),
    ]
    whole = [[name, number(float(value), math.nan, say.language, most=0)] for name, value in count]
    html = table(
        [Column(say("What")), Column(say("Rows"), digits=True)],
        whole,
        say("Rows behind this page"),
        cards=False,
    )
    aside = rests_on.set_aside
    if len(aside):
        rules = [
            [row["rule"], row["table_name"], row["source_file"], number(row["rows"], math.nan, say.language, most=0)]
            for row in records(aside.head(12))
        ]
        columns = [
            Column(say("Rule")),
            Column(say("Table")),
            Column(say("File")),
            Column(say("Rows"), digits=True),
        ]
        html += table(columns, rules, say("Rows set aside, by the rule they broke"))
    return Exhibit("data_quality", say("Data quality"), html, facts=dict(count))


_METHOD = (
    "Two intervals are kept apart. The one beside an estimate is of this period's work: it comes from how the audits "
    "were drawn, and it grades the target. The one on the charts is of the process: it treats labelers as draws from "
    "all labelers, and it judges change.",
    "A target is met or missed only when the whole interval lies on one side of it; for a target of 95 % that takes "
    "about 73 audits without an error, for 99 % about 381. Fewer than 30 audits or 5 labelers are too few. While a "
    "period runs, a wider interval grades it that may be looked at every day: it is wrong in at most 5 of 100 periods.",
    "Changing means: the newest one, two, four or six weeks, taken together, lie beyond three standard errors of the "
    "usual level, allowing for how much weeks resemble each other. The line is broken where a guideline, gold answers "
    "or the sampling changed: what is measured is then not the same.",
)


def definitions(project: Project, described: pd.DataFrame) -> Exhibit:
    """What each KPI asks, how it is made, what n counts, and where the formula is from."""
    say = catalogue(project.language)
    entries = [
        Markup("<dt>{}</dt><dd>{} <br><code>{}</code> <br>n: {}. {}: {}.</dd>").format(
            say(kpi["title"]), say(kpi["question"]), kpi["formula"], say(kpi["counts"]), say("Source"), kpi["source"]
        )
        for kpi in records(described)
    ]
    method = " ".join(say(sentence) for sentence in _METHOD)
    if len(described):
        sentence = (
            "One steady KPI in fifty is called changing by chance: of {n}, at least one on about {chance} of pages, "
            "less where they rest on the same rows, more where a KPI's weeks resemble each other closely."
        )
        chance = share(float(described["false_flag"].iloc[0]), 0.5, say.language)
        method += " " + say(sentence, n=len(described), chance=chance)
    html = Markup('<details class="smo-definitions"><summary>{}</summary><dl>{}</dl><p>{}</p></details>').format(
        say("What each number means, and how it is made"), Markup("").join(entries), escape(method)
    )
    return Exhibit("definitions", say("Definitions"), html)
