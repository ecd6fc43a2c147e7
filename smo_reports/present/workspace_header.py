"""The top of a page of several projects: it is as old as the oldest of them, and says who is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from smo_reports.present.exhibit import Exhibit
from smo_reports.present.header import period_words
from smo_reports.words import catalogue, long_age

if TYPE_CHECKING:
    from smo_reports.analyses import Evidence
    from smo_reports.period import Period
    from smo_reports.project import Workspace


def workspace_header(
    workspace: Workspace,
    report: str,
    period: Period,
    rests_on: Mapping[str, Evidence],
    unread: Mapping[str, str],
    stale: Sequence[str],
    now: dt.datetime | None = None,
) -> Exhibit:
    """The top of a page of several projects: the oldest of their newest rows decides how old the page is.

    Parameters
    ----------
    workspace : Workspace
    report : str
        What the page is called, such as ``"All projects"``.
    period : Period
    rests_on : mapping of str to Evidence
        By project.
    unread : mapping of str to str
        Projects that could not be read, and why.
    stale : sequence of str
        Projects whose newest row is older than they allow.
    now : datetime, optional
        Default: now.
    """
    say = catalogue(workspace.language)
    now = now or dt.datetime.now(dt.UTC)
    shown_period = period_words(period, say.language, say)
    ages = {name: found.age(now) for name, found in rests_on.items()}
    known = {name: age for name, age in ages.items() if age is not None}
    warnings = []
    if unread:
        warnings.append(say("Not read, and so not on this page: {list}.", list=", ".join(sorted(unread))))
    if stale:
        warnings.append(say("Stale: {list}.", list=", ".join(sorted(stale))))
    over = period.end is not None and period.end <= now.date()
    partial = sorted(name for name, found in rests_on.items() if over and not found.whole)
    if partial:
        warnings.append(
            say("Partial, without decisions of the period's last working day: {list}.", list=", ".join(partial))
        )
    oldest = max(known, key=lambda name: known[name], default="")
    age = (
        say("{age} ({project})", age=long_age(known[oldest], say.language), project=oldest) if known else say("unknown")
    )
    facts = [(say("Oldest data"), age), (say("Projects"), str(len(rests_on)))]
    said = Markup("").join(
        Markup('<p class="smo-warning"><span aria-hidden="true">▲</span> {}</p>').format(warning)
        for warning in warnings
    )
    shown = Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(name, fact) for name, fact in facts)
    html = Markup(
        '<header class="smo-header"><p class="smo-kind">{}</p><h1>{}</h1><p class="smo-period">{}</p>{}'
        '<dl class="smo-facts">{}</dl></header>'
    ).format(say(report), workspace.title, shown_period, said, shown)
    as_of = [found.data_as_of for found in rests_on.values() if found.data_as_of]
    facts_of = {"data_as_of": min(as_of, default=None), "stale": bool(stale or unread), "partial": bool(partial)}
    return Exhibit(
        "header", workspace.title, html, " ".join([f"{workspace.title}, {shown_period}.", *warnings]), facts=facts_of
    )
