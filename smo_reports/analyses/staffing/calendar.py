"""Days that are not like others: public holidays, joint leave, the days after them, and Ramadan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache

import holidays as public
import numpy as np
import numpy.typing as npt

from smo_reports.errors import ProjectError, nearest
from smo_reports.stats.forecast_calendar import ORDINARY, Calendar

EID, HOLIDAY, JOINT_LEAVE, AFTER, RAMADAN = "Eid al-Fitr", "public holiday", "joint leave", "day after", "Ramadan"
KINDS = (EID, HOLIDAY, JOINT_LEAVE, AFTER, RAMADAN)
"""Kinds of days; one that is of several is of the first of them."""

_EID_NAMES = ("Eid al-Fitr", "Idul Fitri", "Hari Raya Aidilfitri", "Hari Raya Puasa")
_FAST_DAYS = 29
"""Every Ramadan has as many days, some one more."""


def kinds_of_days(
    country: str | None,
    start: dt.date,
    end: dt.date,
    extra: Mapping[dt.date, str] | Iterable[dt.date] = (),
    weekend: frozenset[int] = frozenset((5, 6)),
) -> dict[dt.date, str]:
    """Name the days of a span that are not like others.

    Parameters
    ----------
    country : str or None
        A country's two letters, with a region's code where holidays differ (``ID``, ``DE-BY``); None for no public
        holidays.
    start, end : date
        ``end`` is exclusive.
    extra : dict of date to str, or iterable of date
        The team's own days, by kind; without a kind they are public holidays. A kind of its own (a campaign, an
        election) is estimated by itself. They go before what the country says.
    weekend : frozenset of int
        Days of the week (Monday is 0) that are not a day after.

    Returns
    -------
    dict of date to str
        Sorted by date; ordinary days are not in it.

    Raises
    ------
    ProjectError
        When the country or its region is not known.

    Notes
    -----
    Movable feasts are those of the package ``holidays``: as announced for past years and the announced next one, by
    the Umm al-Qura calendar where they are not announced yet. Indonesia's joint leave (cuti bersama) is its category
    ``government``; what lies within three days of Eid al-Fitr belongs to that feast, of which the whole week is quiet.
    Ramadan is the 29 days before it: the fast's first day is left out in years that have thirty, so that the country's
    own sighting of the moon counts and no other. The first working day after a holiday is a kind of its own: work
    waits for it.
    """
    named: dict[dt.date, str] = {}
    if country:
        near = (start.year - 1, end.year + 1)
        # The feasts of the neighbouring years: a span may begin in the week after one.
        named = _named(country, *near)
        named |= _after(named, weekend)
        for day in _ramadan(country, *near):
            named.setdefault(day, RAMADAN)
    own = dict(extra) if isinstance(extra, Mapping) else dict.fromkeys(extra, HOLIDAY)
    named |= own
    return {day: named[day] for day in sorted(named) if start <= day < end}


def calendar_of(
    days: Mapping[dt.date, str], start: dt.date, past: int, horizon: int, closed: tuple[str, ...] = ()
) -> Calendar:
    """Named days as the forecast takes them.

    Parameters
    ----------
    days : dict of date to str
        Of :func:`kinds_of_days`.
    start : date
        The first day of the counts.
    past, horizon : int
        Days of counts, and days to come.
    closed : tuple of str
        Kinds on which nothing comes in.
    """
    kinds = tuple(dict.fromkeys((*KINDS, *days.values())))
    codes = codes_of(days, kinds, start, past + horizon)
    return Calendar(kinds, codes[:past], codes[past:], tuple(kind for kind in closed if kind in kinds))


def codes_of(days: Mapping[dt.date, str], kinds: tuple[str, ...], start: dt.date, count: int) -> npt.NDArray[np.intp]:
    """Positions in ``kinds`` of consecutive days, or ``ORDINARY``."""
    place = {kind: at for at, kind in enumerate(kinds)}
    codes = np.full(count, ORDINARY, np.intp)
    for day, kind in days.items():
        at = (day - start).days
        if 0 <= at < count:
            codes[at] = place[kind]
    return codes


@lru_cache(maxsize=32)
def _public(country: str, first: int, last: int) -> tuple[dict[dt.date, str], dict[dt.date, str]]:
    """Public holidays and joint leave, each by its English name."""
    code, _, region = country.partition("-")
    known = public.list_supported_countries(include_aliases=False)
    if code not in known:
        raise ProjectError(f"holidays: no public holidays are known of {country!r}; {nearest(code, known)}")
    if region and region not in known[code]:
        raise ProjectError(f"holidays: {code} has no region {region!r}; {nearest(region, known[code])}")
    years = range(first, last + 1)
    made = public.country_holidays(code, subdiv=region or None, years=years, language=_english(code))
    joint: dict[dt.date, str] = {}
    if code == "ID":
        joint = dict(public.country_holidays("ID", years=years, categories="government", language="en_US"))
    return dict(made), joint


def _english(code: str) -> str | None:
    spoken = public.list_localized_countries().get(code, [])
    return next((language for language in spoken if language.startswith("en")), None)


def _named(country: str, first: int, last: int) -> dict[dt.date, str]:
    holidays, joint = _public(country, first, last)
    named = dict.fromkeys(joint, JOINT_LEAVE) | dict.fromkeys(holidays, HOLIDAY)
    feasts = [day for day, name in holidays.items() if any(said in name for said in _EID_NAMES)]
    for day in list(named):
        if any(abs((day - feast).days) <= 3 for feast in feasts):
            named[day] = EID
    return named


def _after(named: Mapping[dt.date, str], weekend: frozenset[int]) -> dict[dt.date, str]:
    found = {}
    for day in named:
        following = day + dt.timedelta(1)
        while following in named or following.weekday() in weekend:
            following += dt.timedelta(1)
        found[following] = AFTER
    return found


def _ramadan(country: str, first: int, last: int) -> Iterable[dt.date]:
    """The days before Eid al-Fitr, where that is a public holiday."""
    holidays, _ = _public(country, first, last)
    feasts = sorted(day for day, name in holidays.items() if any(said in name for said in _EID_NAMES))
    for day in feasts:
        if day - dt.timedelta(1) not in feasts:
            yield from (day - dt.timedelta(back) for back in range(_FAST_DAYS, 0, -1))
