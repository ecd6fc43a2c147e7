"""What the people who are there can work on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.leaving import Leaving
from smo_reports.kpis.tally import collect, columns


def who_can_work(
    rows: Mapping[str, Any], people: Leaving | None, queues: Mapping[str, tuple[str, ...]], end: dt.date
) -> npt.NDArray[np.bool_]:
    """Who can work on which queue: by its skills; else whoever is assigned to it, or has worked on it in these rows.

    Parameters
    ----------
    rows : Rows or mapping of frames
    people : Leaving or None
    queues : mapping of str to tuple of str
        The skills of which a queue asks for one.
    end : date
        Assignments that are over by then give no skill.

    Returns
    -------
    ndarray of bool, shape (people, queues)
    """
    if people is None:
        return np.zeros((0, len(queues)), bool)
    place = {name: at for at, name in enumerate(people.names)}
    can = np.zeros((len(place), len(queues)), bool)
    skills = _skills(rows, place, end)
    worked = _worked(rows, place)
    for at, (queue, wanted) in enumerate(queues.items()):
        if wanted:
            can[:, at] = [not skills.get(name, set()).isdisjoint(wanted) for name in people.names]
        else:
            can[:, at] = [queue in worked.get(name, set()) for name in people.names]
    return can


def _skills(rows: Mapping[str, Any], place: Mapping[str, int], end: dt.date) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    if "assignments" in rows and "skill" in columns(rows["assignments"]):
        for name, skill in _assigned(rows, "skill", end):
            found.setdefault(name, set()).add(skill)
    if "languages" in columns(rows["people"]):
        spoken = collect(nw.from_native(rows["people"]).lazy().select("person_id", "languages")).dropna()
        for name, languages in spoken.itertuples(index=False):
            found.setdefault(str(name), set()).update(part.strip() for part in str(languages).split(","))
    return {name: skills for name, skills in found.items() if name in place}


def _worked(rows: Mapping[str, Any], place: Mapping[str, int]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    if "assignments" in rows and "queue" in columns(rows["assignments"]):
        for name, queue in _assigned(rows, "queue", None):
            found.setdefault(name, set()).add(queue)
    if "decisions" in rows and {"labeler_id", "queue"} <= columns(rows["decisions"]):
        frame = nw.from_native(rows["decisions"]).lazy()
        pairs = collect(frame.select("labeler_id", "queue").unique()).dropna()
        for name, queue in pairs.itertuples(index=False):
            found.setdefault(str(name), set()).add(str(queue))
    return {name: queues for name, queues in found.items() if name in place}


def _assigned(rows: Mapping[str, Any], what: str, end: dt.date | None) -> list[tuple[str, str]]:
    frame = nw.from_native(rows["assignments"]).lazy()
    over = ["ends_on"] if "ends_on" in columns(frame) else []
    table = collect(frame.select("person_id", what, *over)).dropna(subset=[what])
    if over and end is not None:
        ends = pd.to_datetime(table["ends_on"])
        table = table[ends.isna() | (ends >= pd.Timestamp(end))]
    return [(str(name), str(value)) for name, value in table[["person_id", what]].itertuples(index=False)]
