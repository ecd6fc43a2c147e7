"""Time zones by name."""

from __future__ import annotations

import zoneinfo

from smo_reports.errors import nearest


def known_zone(value: str) -> str:
    """The name itself, when there is a zone of that name.

    Raises
    ------
    ValueError
        When there is none; it says which was probably meant.
    """
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"unknown time zone {value!r}; {nearest(value, zoneinfo.available_timezones())}") from None
    return value
