"""From a timesheet's tasks, tags and projects to the activities that working time is counted by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from smo_reports.project import ImportMap
from smo_reports.schema import ACTIVITIES

OTHER = "other"
NAMELESS = "(no task, tag or project)"

_INDONESIAN = {
    "produksi": "production",
    "pelatihan": "training",
    "rapat": "meeting",
    "kalibrasi": "calibration",
    "istirahat": "break",
    "cuti": "leave",
    "lainnya": OTHER,
}
_OWN = {name: name for name in ACTIVITIES} | _INDONESIAN
_MOST_NAMED = 10


class Activities:
    """Knows activities by what a project calls them, and remembers what it did not know.

    Parameters
    ----------
    options : ImportMap or None
        ``values: {activity: {Labelling: production}}`` names tasks, tags and projects, in any case; without it only
        the activities' own names are known, in English and Indonesian.
    """

    def __init__(self, options: ImportMap | None) -> None:
        given = options.values.get("activity", {}) if options else {}
        self._given = {_plain(name): activity for name, activity in given.items()}
        self._unknown = Named()

    def of(self, named: Iterable[str], private: Iterable[str] = ()) -> tuple[str, str]:
        """The activity of an entry, and the name that was not known; empty where one was.

        Parameters
        ----------
        named : iterable of str
            What the entry is booked on, the most telling first: task, tags, project.
        private : iterable of str
            Free text: looked at after the others, and never repeated.
        """
        names = [name.strip() for name in named if name.strip()]
        # What is more telling goes first, whoever named it: a project that the map names says nothing of its breaks.
        for name in (*names, *private):
            for known in (self._given, _OWN):
                if _plain(name) in known:
                    return known[_plain(name)], ""
        return OTHER, names[0] if names else NAMELESS

    def count(self, unknown: str, hours: float) -> None:
        """Remember an entry whose activity was not known."""
        if unknown:
            self._unknown.add(unknown, hours)

    def notes(self) -> tuple[str, ...]:
        """What to tell of activities that were not known: one note, or none."""
        if not self._unknown:
            return ()
        cure = "name it under values: activity: in the map"
        return (f"activity not known, taken as other ({cure}): {self._unknown}",)


class Named:
    """Entries and hours by a name; as text the names of most hours."""

    def __init__(self) -> None:
        self._entries: Counter[str] = Counter()
        self._hours: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __str__(self) -> str:
        ranked = sorted(self._entries, key=lambda name: (-self._hours[name], name))
        listed = "; ".join(
            f"{name!r} ({self._entries[name]:,} entries, {self._hours[name]:,.2f} h)" for name in ranked[:_MOST_NAMED]
        )
        return listed + (f"; and {len(ranked) - _MOST_NAMED} more" if len(ranked) > _MOST_NAMED else "")

    def add(self, name: str, hours: float) -> None:
        """Count one entry."""
        self._entries[name] += 1
        self._hours[name] = self._hours.get(name, 0.0) + hours


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
