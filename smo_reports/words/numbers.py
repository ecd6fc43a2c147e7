"""Numbers and dates as a page shows them: the interval decides the digits, the language the separators.

>>> share(0.9412, 0.0111, "en"), share(0.9412, 0.0111, "id")
('94.1 %', '94,1 %')
"""

from __future__ import annotations

import datetime as dt
import math

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def spread(low: float, high: float) -> float:
    """Half the width of an interval; nan or 0 says nothing of the digits."""
    return (high - low) / 2


def number(value: float, half: float, language: str, most: int = 3) -> str:
    """A number with as many decimals as two significant digits of its interval's half width need.

    Parameters
    ----------
    value, half : float
        ``half`` may be nan or 0: the number is then shown to three significant digits, whole from 100 on.
    most : int
        The most decimals shown.

    Examples
    --------
    >>> number(1234.5678, 12.0, "en"), number(41.26, 0.34, "en"), number(-0.004, 0.5, "en")
    ('1,235', '41.26', '0.00')
    """
    if math.isnan(value):
        return "–"
    known = half if half > 0 and math.isfinite(half) else abs(value) / 10 or 1.0
    decimals = min(max(1 - math.floor(math.log10(known)), 0), most)
    if round(value, decimals) == 0:
        # A little below nothing is shown as nothing, without a sign.
        value = 0.0
    return format_decimal(value, "#,##0" + ("." + "0" * decimals if decimals else ""), locale=language)


def share(value: float, half: float, language: str) -> str:
    """A share in per cent, at most two decimals."""
    return f"{number(100 * value, 100 * half, language, most=2)} %" if not math.isnan(value) else "–"


def signed_points(value: float, half: float, language: str) -> str:
    """A difference of shares in percentage points, without its sign."""
    return number(abs(100 * value), 100 * half, language, most=2)


def seconds(value: float, half: float, language: str) -> str:
    """Seconds, at most one decimal."""
    return f"{number(value, half, language, most=1)} s" if not math.isnan(value) else "–"


def day(date: dt.date, language: str) -> str:
    """A day as people write it.

    >>> day(dt.date(2026, 11, 9), "en"), day(dt.date(2026, 11, 9), "id")
    ('9 Nov 2026', '9 Nov 2026')
    """
    return format_date(date, "d MMM y", locale=language)


def days(first: dt.date, last: dt.date, language: str) -> str:
    """The days from a first to a last one, both of them included.

    >>> days(dt.date(2026, 11, 9), dt.date(2026, 11, 15), "en")
    '9 Nov 2026 – 15 Nov 2026'
    >>> days(dt.date(2026, 11, 9), dt.date(2026, 11, 9), "en")
    '9 Nov 2026'
    """
    return day(first, language) if first == last else f"{day(first, language)} – {day(last, language)}"


def moment(time: dt.datetime, language: str) -> str:
    """A moment with its zone's offset, to the minute."""
    return format_datetime(time, "d MMM y HH:mm ZZZZ", locale=language)


def long_age(age: dt.timedelta, language: str) -> str:
    """An age in words, rounded down.

    >>> long_age(dt.timedelta(hours=50), "en"), long_age(dt.timedelta(hours=50), "id")
    ('2 days', '2 hari')
    """
    from babel.dates import format_timedelta

    passed = max(age.total_seconds(), 0)
    unit = _DAY if passed >= 2 * _DAY else _HOUR if passed >= 2 * _HOUR else _MINUTE
    whole = dt.timedelta(seconds=passed // unit * unit)
    names = {_DAY: "day", _HOUR: "hour", _MINUTE: "minute"}
    return format_timedelta(whole, granularity=names[unit], threshold=10**6, locale=language)  # type: ignore[arg-type]
