"""What a KPI has to reach."""

from __future__ import annotations

import datetime as dt

from pydantic import Field, model_validator

from smo_reports.project.frozen import Frozen
from smo_reports.schema import PERSON_COLUMNS


class Target(Frozen):
    """What a KPI has to reach, where, from when, and who answers for it."""

    kpi: str
    min: float | None = None
    max: float | None = None
    where: dict[str, str] = Field(default_factory=dict)
    start: dt.date | None = Field(default=None, alias="from")
    owner: str | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Target:
        if (self.min is None) == (self.max is None):
            raise ValueError(f"a target of {self.kpi!r} needs either min or max")
        people = sorted(set(self.where) & PERSON_COLUMNS)
        if people:
            raise ValueError(f"where: {people[0]} names a person; a target is for work, set it for a team or a queue")
        return self

    @property
    def bound(self) -> float:
        """The number to reach (``min``) or to stay under (``max``)."""
        return self.min if self.min is not None else float(self.max or 0.0)
