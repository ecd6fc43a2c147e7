"""A KPI through time, one segment against the rest, with what was recorded meanwhile and the periods compared."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import matplotlib.dates as mdates
import pandas as pd
import seaborn as sns
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from smo_reports.present import theme, wording
from smo_reports.present.cause_words import place_words
from smo_reports.present.charts import _finish, _mark_events, _name_levels, _scaled
from smo_reports.present.date_axis import name_days
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.words import Catalogue, catalogue, day

if TYPE_CHECKING:
    from smo_reports.analyses.timeline import Timeline
    from smo_reports.project import Project

_SIZE = (7.2, 2.8)
_MARKS = "abcdefghij"
PARTS = {"segment": "this segment", "rest": "everything else"}
PLOTTED = {
    "day": "By day, with 95 % interval for labelers like these; shaded: the periods compared, the later one darker",
    "week": "By week, with 95 % interval for labelers like these; shaded: the periods compared, the later one darker",
}


def timeline(project: Project, found: Timeline) -> Exhibit:
    """A chart of one KPI in a segment and in the rest.

    Parameters
    ----------
    project : Project
    found : Timeline
        As ``analyses.timeline`` gives it.
    """
    say = catalogue(project.language)
    title = say("{kpi} through time", kpi=say(found.title))
    own = found.estimates[found.estimates["part"] == "segment"] if len(found.estimates) else found.estimates
    if not len(own) or own["value"].notna().sum() < 2:
        why = say("There are not two days or weeks of it to show.")
        return Exhibit("timeline", title, Markup('<p class="smo-note">{}</p>').format(why), why)
    marked = _marked(found.events)
    place = place_words(found.shown, say)
    finding = _finding(found, place, say)
    listed = "; ".join(f"{row['mark']}: {row['name']} ({day(row['at'], say.language)})" for row in records(marked))
    note = say("Marked: {list}.", list=listed) if listed else ""
    alt = f"{finding} {note}".strip()
    drawn = _drawn(found, marked, alt, say)
    html = Markup(
        '<figure class="smo-figure wide"><figcaption><strong>{}</strong><span>{}</span></figcaption>{}</figure>{}'
    ).format(
        finding, say(PLOTTED[found.unit]), drawn, Markup('<p class="smo-note">{}</p>').format(note) if note else ""
    )
    return Exhibit("timeline", title, html, alt, found.estimates)


def _finding(found: Timeline, place: str, say: Catalogue) -> str:
    """What the newest day or week was, of the segment and of the rest, with the numbers."""
    said = []
    for part in PARTS:
        rows = found.estimates[(found.estimates["part"] == part) & found.estimates["value"].notna()]
        if len(rows):
            newest = records(rows)[-1]
            name = place if part == "segment" else say(PARTS[part])
            value, at = wording.full_words(newest, say), day(newest["at"], say.language)
            said.append(say("{name} {value} on {day}", name=name, value=value, day=at))
    return say("{kpi}: {list}", kpi=say(found.title), list="; ".join(said)) + "."


def _marked(events: pd.DataFrame) -> pd.DataFrame:
    """The newest days on which something changed, a letter each; what changed on one day shares its letter."""
    if not len(events):
        return pd.DataFrame({"at": [], "name": [], "mark": []})
    days = events.groupby("at", sort=True)["name"].agg(lambda names: " + ".join(dict.fromkeys(names))).reset_index()
    days = days.tail(len(_MARKS))
    return days.assign(mark=list(_MARKS[: len(days)]))


def _drawn(found: Timeline, marked: pd.DataFrame, alt: str, say: Catalogue) -> Markup:
    with theme.chart_style(f"timeline {alt}"):
        figure = Figure(figsize=_SIZE)
        axes = figure.subplots()
        unit = str(found.estimates["unit"].iloc[0])
        drawn = _scaled(found.estimates, unit)
        drawn["at"] = pd.to_datetime(drawn["at"])
        _shade(axes, found)
        ends = []
        for part, colour, style in (("rest", theme.LIMIT, (0, (3, 2))), ("segment", theme.ACCENT, "solid")):
            own = drawn[(drawn["part"] == part) & drawn["value"].notna()]
            if len(own):
                _line(axes, own, colour, style)
                ends.append((float(own["value"].iloc[-1]), colour, say(PARTS[part])))
        _name_levels(axes, ends)
        _mark_events(axes, marked)
        _finish(axes, unit, say)
        name_days(axes, 4, 9, say)
        figure.subplots_adjust(left=0.08, right=0.83, top=0.9, bottom=0.13)
        return theme.svg(figure, alt)


def _line(axes: Axes, own: pd.DataFrame, colour: str, style: object) -> None:
    """One part's line with its interval."""
    band, thin = (theme.BAND, 0.8) if style == "solid" else (theme.LIMIT, 0.18)
    axes.fill_between(own["at"], own["low"], own["high"], color=band, linewidth=0, alpha=thin)
    sns.lineplot(
        own, x="at", y="value", ax=axes, color=colour, linewidth=1.6, linestyle=style, marker="o", markersize=3,
        markeredgewidth=0, errorbar=None,
    )  # fmt: skip


def _shade(axes: Axes, found: Timeline) -> None:
    """The two periods compared, as bands behind everything: the later one darker."""
    for span, dark in ((found.before, 0.35), (found.after, 0.8)):
        if span is not None:
            first, end = (float(mdates.date2num(dt.datetime.combine(one, dt.time()))) for one in span)  # type: ignore[no-untyped-call]
            axes.axvspan(first, end, color=theme.RULE, alpha=dark, linewidth=0)
