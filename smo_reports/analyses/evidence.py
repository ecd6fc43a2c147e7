"""What a page rests on: how many rows, how new, and what was set aside."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from smo_reports.kpis.registry import Frame
from smo_reports.kpis.tally import collect, columns
from smo_reports.project import Project
from smo_reports.sources import Rows


@dataclass(frozen=True)
class Evidence:
    """The rows behind a page.

    Attributes
    ----------
    decisions, skipped, undated, random_audits, other_audits : int
        Of the period; ``undated`` decisions have no date and are used only for everything at once.
    late_audits : int
        Random audits of the period's decisions that were made after the period was over.
    data_as_of : datetime or None
        The newest decision that the project has at all, UTC; the newest audit where decisions have no times.
    whole : bool
        Whether there are decisions of the last day of the period on which this project usually works.
    set_aside : DataFrame
        ``rule, table_name, source_file, rows``: the rows that imports refused, whatever their period.
    imported, taken : int
        Rows that the project's imports read, and those they kept.
    """

    decisions: int
    skipped: int
    undated: int
    random_audits: int
    other_audits: int
    late_audits: int
    data_as_of: dt.datetime | None
    whole: bool
    set_aside: pd.DataFrame
    imported: int
    taken: int

    @property
    def rows_set_aside(self) -> int:
        """Rows set aside in all."""
        return int(self.set_aside["rows"].sum())

    def age(self, now: dt.datetime) -> dt.timedelta | None:
        """How old the newest row is."""
        return None if self.data_as_of is None else now - self.data_as_of

    def is_stale(self, project: Project, now: dt.datetime) -> bool:
        """Whether the newest row is older than the project allows."""
        age = self.age(now)
        return age is None or age > dt.timedelta(hours=project.freshness_hours)


def evidence(project: Project, rows: Rows, everything: Rows) -> Evidence:
    """Count what a page rests on.

    Parameters
    ----------
    project : Project
    rows : Rows
        The period's tables.
    everything : Rows
        The same project without a period.
    """
    decided, skipped = _split(rows["decisions"], "skipped", True)
    audits = rows.get("audits")
    random, other = (0, 0) if audits is None else _purposes(audits)
    undated = everything["decisions"]
    if "work_date" in columns(undated):
        undated = undated.filter(nw.col("work_date").is_null())
    imported, taken, aside = _ledgers(everything)
    return Evidence(
        decided,
        skipped,
        _count(undated),
        random,
        other,
        _late(rows, project),
        _newest(everything),
        _is_whole(rows, everything),
        aside,
        imported,
        taken,
    )


def _count(frame: Frame) -> int:
    return int(collect(frame.select(n=nw.len()))["n"].iloc[0])


def _split(frame: Frame, column: str, value: object) -> tuple[int, int]:
    """Rows without and with a value in a column."""
    total = _count(frame)
    if column not in columns(frame):
        return total, 0
    with_it = _count(frame.filter(nw.col(column) == value))
    return total - with_it, with_it


def _purposes(audits: Frame) -> tuple[int, int]:
    other, random = _split(audits, "purpose", "random")
    return random, other


def _late(rows: Rows, project: Project) -> int:
    if rows.end is None or "audits" not in rows or "audited_at" not in columns(rows["audits"]):
        return 0
    over = dt.datetime.combine(rows.end, dt.time(), project.zone)
    late = (nw.col("audited_at") >= over) & (nw.col("purpose") == "random")
    return _count(rows["audits"].filter(late)) if "purpose" in columns(rows["audits"]) else 0


def _newest(everything: Rows) -> dt.datetime | None:
    # Audits go on after a feed of decisions has stopped: they must not make it look alive.
    for table, column in (("decisions", "submitted_at"), ("audits", "audited_at")):
        if table in everything and column in columns(everything[table]):
            newest = collect(everything[table].select(newest=nw.col(column).max()))["newest"].iloc[0]
            if pd.notna(newest):
                time = pd.Timestamp(newest)
                return (time.tz_localize("UTC") if time.tz is None else time.tz_convert("UTC")).to_pydatetime()
    return None


def _is_whole(rows: Rows, everything: Rows) -> bool:
    """Whether the period's decisions reach its last working day; days of the week that are hardly used do not count."""
    if rows.start is None or rows.end is None or "work_date" not in columns(rows["decisions"]):
        return True
    weekday = nw.col("work_date").dt.weekday()
    used = collect(everything["decisions"].with_columns(_day=weekday).group_by("_day").agg(n=nw.len())).dropna()
    worked = set(used.loc[used["n"] >= 0.01 * used["n"].sum(), "_day"].astype(int))
    days = [rows.end - dt.timedelta(back) for back in range(1, (rows.end - rows.start).days + 1)]
    expected = next((day for day in days if day.isoweekday() in worked), None)
    newest = collect(rows["decisions"].select(newest=nw.col("work_date").max()))["newest"].iloc[0]
    return expected is None or (pd.notna(newest) and pd.Timestamp(newest).date() >= expected)


def _ledgers(everything: Rows) -> tuple[int, int, pd.DataFrame]:
    aside = pd.DataFrame({"rule": [], "table_name": [], "source_file": [], "rows": []})
    if "imports" not in everything:
        return 0, 0, aside
    sums = collect(everything["imports"].select(nw.col("read").sum(), nw.col("taken").sum())).iloc[0]
    if "rejects" in everything:
        keys = ["rule", "table_name", "source_file"]
        aside = collect(everything["rejects"].group_by(keys).agg(rows=nw.len()))
        aside = aside.sort_values(["rows", *keys], ascending=[False, True, True, True]).reset_index(drop=True)
    return int(sums["read"]), int(sums["taken"]), aside
