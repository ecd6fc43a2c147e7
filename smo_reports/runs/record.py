"""What a run leaves beside its page, so that later runs and the index know what is there.

``<report>.json`` describes the last good page; ``<report>.failed.json`` a later run that failed.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

VERSION = 1
Audience = Literal["stakeholder", "lead"]


@dataclass(frozen=True)
class Record:
    """One run.

    Attributes
    ----------
    report, project, title, language, time_zone : str
        ``project`` is the folder of what the page is of: a project's name, ``all-projects``, or several names;
        ``title`` is in words.
    start, end : str
        The period as ISO dates, the end exclusive; empty when unbounded.
    period_label : str
    audience : {"stakeholder", "lead"}
    parameters : dict
    fingerprint : dict of str to str
        What the run was made from, part by part.
    finished_at : str
        ISO time with offset.
    seconds : float
    files : dict of str to str
        SHA-256 by file name; empty when the run failed.
    error : str
        Why the run failed; empty when it did not.
    rows_used : int or None
    data_as_of : str
        The newest row's time, ISO; empty where the page does not say it.
    freshness_hours : float or None
        How old that may be; None on a page of several projects.
    stale : bool
        Whether it was older when the page was made: the page says so.
    """

    report: str
    project: str
    title: str
    language: str
    time_zone: str
    start: str
    end: str
    period_label: str
    audience: Audience
    parameters: dict[str, Any]
    fingerprint: dict[str, str]
    finished_at: str
    seconds: float
    files: dict[str, str] = field(default_factory=dict)
    error: str = ""
    rows_used: int | None = None
    data_as_of: str = ""
    freshness_hours: float | None = None
    stale: bool = False

    def to_json(self) -> bytes:
        """Write the record as it is stored."""
        return (json.dumps({"version": VERSION, **asdict(self)}, indent=1, ensure_ascii=False) + "\n").encode()

    def has_grown_stale(self, now: dt.datetime) -> bool:
        """Whether the data was fresh when the page was made and no longer is: the page does not say so yet."""
        if self.stale or not self.data_as_of or self.freshness_hours is None:
            return False
        return now - dt.datetime.fromisoformat(self.data_as_of) > dt.timedelta(hours=self.freshness_hours)

    @property
    def finished(self) -> dt.datetime:
        """When the run ended."""
        return dt.datetime.fromisoformat(self.finished_at)


def read_record(path: Path) -> Record | None:
    """Read a record.

    Returns
    -------
    Record or None
        None when there is none, or when it is damaged or of another version: the report is then due again.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
        if values.pop("version") != VERSION:
            return None
        return Record(**values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
