"""The top of a page: what it is, whose, for when, and how old; anything stale is said before any number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from jinja2 import Environment
from markupsafe import Markup

from smo_reports.present.cause_words import no_audits_words
from smo_reports.present.exhibit import Exhibit
from smo_reports.words import Catalogue, catalogue, days, long_age, moment, number

if TYPE_CHECKING:
    from smo_reports.analyses import Evidence
    from smo_reports.period import Period
    from smo_reports.project import Project

Span = tuple[dt.date, dt.date]

_TEMPLATE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """<header class="smo-header">
<p class="smo-kind">{{ kind }}</p>
<h1>{{ title }}</h1>
<p class="smo-period">{{ period }}</p>
{% for warning in warnings %}
<p class="smo-warning"><span aria-hidden="true">▲</span> {{ warning }}</p>
{% endfor %}
<dl class="smo-facts">
{% for name, fact in facts %}
<div><dt>{{ name }}</dt><dd>{{ fact }}</dd></div>
{% endfor %}
</dl>
</header>"""
)


def page_header(
    project: Project,
    report: str,
    period: Period,
    rests_on: Evidence,
    now: dt.datetime | None = None,
    readers: str = "",
    *,
    compared: tuple[Span, Span] | None = None,
    newest: dt.date | None = None,
    warnings: Sequence[str] = (),
    facts: Mapping[str, str] | None = None,
) -> Exhibit:
    """Title, period, who may see it, how new the data is, and how many rows were used and set aside.

    Parameters
    ----------
    project : Project
    report : str
        What the page is called, such as ``"KPI report"``.
    period : Period
    rests_on : Evidence
    now : datetime, optional
        Default: now.
    readers : str
        Whom the page is for, where it is not for the groups that the project names.
    compared : tuple of two (date, date), optional
        The spans that the page compares, the earlier one first, ends exclusive: its rows are of the later one, which
        may be longer than the period.
    newest : date, optional
        The last day of which there are audits, where the page rests on them: said where they have not reached the
        period yet.
    warnings : sequence of str
        What a reader of this report has to know before anything else, in words.
    facts : mapping of str to str, optional
        Further facts for the list of pages.
    """
    say = catalogue(project.language)
    now = now or dt.datetime.now(dt.UTC)
    said = [*warnings, *_warnings(project, period, rests_on, say, now)]
    if empty := no_audits_words(period, newest, say):
        said.insert(0, empty)
    shown_facts = [
        (say("Data as of"), _as_of(project, rests_on, say, now)),
        (say("Page made"), moment(now.astimezone(project.zone), project.language)),
        (say("Rows used"), _used(rests_on, say)),
        (say("Set aside"), _count(say, "{n} row", "{n} rows", rests_on.rows_set_aside)),
        (
            say("For"),
            readers or ", ".join((*project.access.viewers, *project.access.leads)) or say("not said in the project"),
        ),
    ]
    shown = period_words(period, project.language, say)
    if compared is not None:
        before, after = (days(start, end - dt.timedelta(1), project.language) for start, end in compared)
        shown = say("{after}, compared with {before} ({period})", after=after, before=before, period=shown)
    html = _TEMPLATE.render(
        kind=say(report),
        title=project.title,
        period=shown,
        warnings=said,
        facts=shown_facts,
        project=project.project,
    )
    return Exhibit(
        "header",
        project.title,
        Markup(html),  # noqa: S704 - rendered with autoescape
        " ".join([f"{project.title}, {shown}.", *said]),
        facts={
            "data_as_of": rests_on.data_as_of,
            "stale": rests_on.is_stale(project, now),
            "partial": not rests_on.whole,
            "freshness_hours": project.freshness_hours,
            "rows_used": rests_on.decisions,
            "set_aside": rests_on.rows_set_aside,
            **(facts or {}),
        },
    )


def period_words(period: Period, language: str, say: Catalogue) -> str:
    """The period's name and its first and last day."""
    if period.start is None or period.end is None:
        return say("all data")
    last = period.end - dt.timedelta(1)
    spelled = days(period.start, last, language)
    named = say("week {label}", label=period.label) if "-W" in period.label else ""
    return f"{named}, {spelled}" if named else spelled


def _warnings(project: Project, period: Period, rests_on: Evidence, say: Catalogue, now: dt.datetime) -> list[str]:
    said = []
    age = rests_on.age(now)
    if age is None:
        said.append(say("How old the data is cannot be told: no row has a time."))
    elif rests_on.is_stale(project, now):
        allowed = long_age(dt.timedelta(hours=project.freshness_hours), project.language)
        said.append(
            say(
                "Stale: the newest row was {age} old when this page was made; this project allows {allowed}.",
                age=long_age(age, project.language),
                allowed=allowed,
            )
        )
    today = now.astimezone(project.zone).date()
    if period.end is not None and period.end > today:
        said.append(
            say(
                "The period is not over: met and missed are said only where looking every day would be wrong in at "
                "most 5 of 100 periods."
            )
        )
    elif not rests_on.whole:
        said.append(say("Partial: there are no decisions of the last working day of the period."))
    if rests_on.decisions == 0:
        said.append(say("There are no decisions in this period."))
    return said


def _as_of(project: Project, rests_on: Evidence, say: Catalogue, now: dt.datetime) -> str:
    age = rests_on.age(now)
    if age is None or rests_on.data_as_of is None:
        return say("unknown")
    local = moment(rests_on.data_as_of.astimezone(project.zone), project.language)
    return say("{moment}, {age} before this page was made", moment=local, age=long_age(age, project.language))


def _used(rests_on: Evidence, say: Catalogue) -> str:
    decisions = _count(say, "{n} decision", "{n} decisions", rests_on.decisions)
    audits = _count(say, "{n} random audit", "{n} random audits", rests_on.random_audits)
    return f"{decisions}, {audits}"


def _count(say: Catalogue, one: str, many: str, n: int) -> str:
    said = say.count(one, many, n)
    return said.replace(str(n), number(n, float("nan"), say.language, most=0), 1)
