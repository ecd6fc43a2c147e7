"""What will come in: the forecast of each queue, how well earlier ones did, and what it rests on."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import Markup

from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.forecast_charts import Ahead, ahead_charts, weeks_before
from smo_reports.present.table import Column, table
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, catalogue, day, number, share, spread

if TYPE_CHECKING:
    from smo_reports.analyses.staffing.forecasts import ArrivalForecast
    from smo_reports.project import Project

_SHOWN_WEEKS = 13
_MOST_CHARTS = 6
_ABOUT = 0.15
"""Within this share of a usual week a queue stays about as it is; a lead who plans by the week has as much room."""

_MEANT = 0.8
_SOURCES = {
    "arrivals": "counted arrivals",
    "items": "items' arrival times",
    "decisions": "decisions' arrival times; items that are still open cannot be seen",
}


def arrival_forecast(project: Project, found: ArrivalForecast | None) -> Exhibit:
    """Each queue's weeks to come, beside those that were.

    Parameters
    ----------
    project : Project
    found : ArrivalForecast or None
        As ``analyses.staffing.forecast_arrivals`` gives it; None where nothing says when items arrived.
    """
    say = catalogue(project.language)
    title = say("What will come in")
    if found is None or not found.by_queue:
        why = say("Not measured: needs {what}.", what=say("arrivals, or the arrival times of items or decisions"))
        return Exhibit("arrival_forecast", title, Markup('<p class="smo-note">{}</p>').format(why), why)
    weekly = found.estimates("week")
    rows = [_row(found, queue, weekly[weekly["queue"] == queue], say) for queue in found.by_queue]
    said = " ".join(_sentence(found, queue, weekly[weekly["queue"] == queue], say) for queue in found.by_queue)
    columns = [
        Column(say("Queue")),
        Column(say("A usual week lately"), digits=True),
        Column(say("Next week"), digits=True),
        Column(say("In {n} weeks", n=found.weeks), digits=True),
        Column(say("What it rests on")),
    ]
    note = say(
        "Items that arrive, from {source}. The band holds the true number four times in five. Bands are of whole "
        "sampled futures: a week's is not the sum of its days'.",
        source=say(_SOURCES[found.arrivals.source]),
    )
    charts = [_chart(found, queue, weekly, say) for queue in list(found.by_queue)[:_MOST_CHARTS]]
    html = ahead_charts(charts, said, say)
    html += table(columns, rows, title, note)
    return Exhibit("arrival_forecast", title, html, said, weekly)


def _past(found: ArrivalForecast, queue: str) -> pd.DataFrame:
    counts = found.arrivals.daily[found.arrivals.queues.index(queue)]
    weeks = min(_SHOWN_WEEKS, len(counts) // 7)
    sums = counts[len(counts) - 7 * weeks :].reshape(weeks, 7).sum(1)
    return pd.DataFrame({"at": weeks_before(found.arrivals.end, weeks), "value": sums})


def _usual(past: pd.DataFrame) -> float:
    """What a week had lately: the median of the last eight known ones."""
    known = past["value"].dropna().tail(8)
    return float(known.median()) if len(known) else math.nan


def _chart(found: ArrivalForecast, queue: str, weekly: pd.DataFrame, say: Catalogue) -> Ahead:
    own = weekly[weekly["queue"] == queue]
    none = own.iloc[:0]
    return Ahead(say("{queue}: items a week", queue=queue), _past(found, queue), own, none)


def _row(found: ArrivalForecast, queue: str, own: pd.DataFrame, say: Catalogue) -> list[str | Markup]:
    usual = number(_usual(_past(found, queue)), math.nan, say.language, most=0)
    first, last = records(own)[0], records(own)[-1]
    return [queue, usual, _band(first, say), _band(last, say), _rests_on(found, queue, say)]


def _band(row: Row, say: Catalogue) -> str:
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    half = spread(low, high)
    shown = [number(one, half, say.language, most=0) for one in (value, low, high)]
    return say("{value} ({low} to {high})", value=shown[0], low=shown[1], high=shown[2])


def _rests_on(found: ArrivalForecast, queue: str, say: Catalogue) -> str:
    """What a forecast knows, and what may be wrong with that."""
    one = found.by_queue[queue]
    counts = found.arrivals.daily[found.arrivals.queues.index(queue)]
    known = int((~np.isnan(counts)).sum())
    parts = [say.count("{n} day", "{n} days", known)]
    # A queue's days before its first one are no gap.
    missing = int(np.isnan(counts[int(np.argmax(~np.isnan(counts))) :]).sum())
    if missing:
        parts.append(say.count("{n} day is not known", "{n} days are not known", missing))
    if one.shift:
        since = found.arrivals.end - dt.timedelta(one.shift)
        parts.append(say("a new level since {day}: earlier ones are forgotten", day=day(since, say.language)))
    if len(one.outliers):
        parts.append(say.count("{n} unusual day counts for less", "{n} unusual days count for less", len(one.outliers)))
    if one.unseen:
        names = ", ".join(say(kind) for kind in one.unseen)
        parts.append(say("never seen before: {names}", names=names))
    if one.note:
        parts.append(say("too few days for more than a rough band"))
    return "; ".join(parts)


def _sentence(found: ArrivalForecast, queue: str, own: pd.DataFrame, say: Catalogue) -> str:
    """Whether a queue will grow, and by how much, claimed only as far as the band allows."""
    usual = _usual(_past(found, queue))
    last = records(own)[-1]
    band = _band(last, say)
    told = {"queue": queue, "band": band, "n": found.weeks, "now": number(usual, math.nan, say.language, most=0)}
    if math.isnan(usual):
        return say("Queue {queue}: {band} items in the last of {n} weeks ahead.", **told)
    if float(last["low"]) > usual:
        return say("Queue {queue} will grow: {band} items a week in {n} weeks, {now} now.", **told)
    if float(last["high"]) < usual:
        return say("Queue {queue} will shrink: {band} items a week in {n} weeks, {now} now.", **told)
    if float(last["low"]) >= (1 - _ABOUT) * usual and float(last["high"]) <= (1 + _ABOUT) * usual:
        return say("Queue {queue} stays about as it is: {band} items a week in {n} weeks, {now} now.", **told)
    return say("Queue {queue} may grow or shrink: {band} items a week in {n} weeks, {now} now.", **told)


def forecast_record(project: Project, tested: pd.DataFrame) -> Exhibit:
    """How well the same forecast would have done on each past day.

    Parameters
    ----------
    project : Project
    tested : DataFrame
        As ``analyses.staffing.backtest_arrivals`` gives it.
    """
    say = catalogue(project.language)
    title = say("How good the forecast was")
    shown = tested[tested["days"] > 0] if len(tested) else tested
    if shown.empty:
        why = say("Not measured: a back-test needs at least five weeks of arrivals.")
        return Exhibit("forecast_record", title, Markup('<p class="smo-note">{}</p>').format(why), why, tested)
    rows = [_tested(row, say) for row in records(shown[shown["week"].isin(_weeks_shown(shown))])]
    columns = [
        Column(say("Queue")),
        Column(say("Weeks ahead"), digits=True),
        Column(say("Past days tried"), digits=True),
        Column(say("Error of a day"), digits=True),
        Column(say("Error of last week's same day"), digits=True),
        Column(say("Band held (95 % interval)"), digits=True),
    ]
    note = say(
        "The error is the sum of the misses over the sum of the items (WAPE), for single days. The band is meant to "
        "hold 80 % of the days."
    )
    said = f"{_closer(shown, say)} {_held(shown, say)}"
    html = Markup("<p>{}</p>").format(said) + table(columns, rows, title, note)
    return Exhibit("forecast_record", title, html, said, tested)


def _weeks_shown(tested: pd.DataFrame) -> list[int]:
    """The first, the fourth and the last week ahead."""
    weeks = sorted({int(week) for week in tested["week"]})
    return sorted({weeks[0], weeks[min(3, len(weeks) - 1)], weeks[-1]})


def _closer(shown: pd.DataFrame, say: Catalogue) -> str:
    """Whether the forecast was worth making."""
    worse = _queues_of(shown[shown["wape"] >= shown["naive_wape"]])
    if worse:
        return say("For {queues} last week's same day was as good a forecast, or better.", queues=worse)
    return say("The forecast was closer than last week's same day.")


def _held(shown: pd.DataFrame, say: Catalogue) -> str:
    """Whether the bands can be planned with; where an interval of how often they held has what was meant, they can."""
    narrow, wide = shown[shown["covered_high"] < _MEANT], shown[shown["covered_low"] > _MEANT]
    said = []
    if len(narrow):
        sentence = "The bands of {queues} did not hold as often as they should; plan with more room there."
        said.append(say(sentence, queues=_queues_of(narrow)))
    if len(wide):
        sentence = "The bands of {queues} held more often than they had to: less room would do there."
        said.append(say(sentence, queues=_queues_of(wide)))
    return " ".join(said) or say("Nothing speaks against its bands.")


def _queues_of(rows: pd.DataFrame) -> str:
    return ", ".join(sorted(set(rows["queue"])))


def _tested(row: Row, say: Catalogue) -> list[str | Markup]:
    low, high = float(row["covered_low"]), float(row["covered_high"])
    half = spread(low, high)
    held = [share(float(value), half, say.language) for value in (row["covered"], low, high)]
    return [
        str(row["queue"]),
        number(float(row["week"]), math.nan, say.language, most=0),
        number(float(row["origins"]), math.nan, say.language, most=0),
        share(float(row["wape"]), 0.005, say.language),
        share(float(row["naive_wape"]), 0.005, say.language),
        say("{value} ({low} to {high})", value=held[0], low=held[1], high=held[2]),
    ]
