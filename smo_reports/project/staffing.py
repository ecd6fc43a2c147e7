"""What staffing needs to know of a project that its rows do not say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from smo_reports.project.frozen import Frozen

Share = Annotated[float, Field(gt=0, lt=1)]
Hours = Annotated[float, Field(gt=0, allow_inf_nan=False)]
MOST_SHRINKAGE = 0.9
"""A tenth of the paid time at work: less is a slip of the pen, and asks for ten times the people and more."""
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class QueuePromise(Frozen):
    """What one queue promises, and who can work it.

    Attributes
    ----------
    kind : {"deferred", "live"}
        Deferred work waits in a backlog until its due time; live work has to be answered while somebody waits.
    due_hours : float, optional
        Deferred: hours from arrival to due; without it, the median of ``due_at - arrived_at`` of the queue's items.
    within_s : float, optional
        Live: seconds within which an item has to be taken up.
    service_level : float
        The share of items that are to be in time.
    patience_s : float, optional
        Live: mean seconds after which a waiting item is lost (a stream that ends); without it nothing is lost.
    severe : bool
        Content to which a person's daily hours are capped (``severe_hours``).
    skills : tuple of str
        A person needs one of them (``assignments.skill`` or ``people.languages``); empty: everybody assigned to it.
    """

    kind: Literal["deferred", "live"] = "deferred"
    due_hours: Hours | None = None
    within_s: Seconds | None = None
    service_level: Share = 0.95
    patience_s: Seconds | None = None
    severe: bool = False
    skills: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> QueuePromise:
        if self.kind == "live" and self.within_s is None:
            raise ValueError("a live queue needs within_s: the seconds within which an item has to be taken up")
        if self.kind == "live" and self.due_hours is not None:
            raise ValueError("due_hours is for deferred queues; a live one has within_s")
        if self.kind == "deferred" and (self.within_s is not None or self.patience_s is not None):
            raise ValueError("within_s and patience_s are for live queues; a deferred one has due_hours")
        return self


class LabourRules(Frozen):
    """What a roster has to keep to.

    ``rest_hours`` lie between two shifts at least, ``break_hours`` of each shift are not worked.
    """

    hours_a_week: Hours = 40.0
    days_a_week: Annotated[int, Field(ge=1, le=7)] = 5
    shift_hours: Annotated[int, Field(ge=1, le=12)] = 9
    break_hours: Annotated[int, Field(ge=0, le=2)] = 1
    rest_hours: Annotated[float, Field(ge=0, le=24)] = 11.0
    starts: tuple[Annotated[int, Field(ge=0, le=23)], ...] = (0, 6, 8, 14, 16, 22)

    @model_validator(mode="after")
    def _fits(self) -> LabourRules:
        worked = self.shift_hours - self.break_hours
        if worked <= 0:
            raise ValueError(f"{self.shift_hours} hours of shift have no time beside {self.break_hours} of break")
        if self.shift_hours + self.rest_hours > 24:
            raise ValueError(
                f"{self.shift_hours} hours of shift and {self.rest_hours:g} of rest do not fit a day; shorten one"
            )
        if worked * self.days_a_week > self.hours_a_week:
            raise ValueError(
                f"{self.days_a_week} days of {worked} hours are more than {self.hours_a_week:g} hours a week; "
                "change days_a_week, shift_hours or hours_a_week"
            )
        return self


class Staffing(Frozen):
    """How a project's need of people is worked out.

    Attributes
    ----------
    queues : dict of str to QueuePromise
        By the queue's name; a queue without one is deferred, due as its items say.
    hours_a_week : float
        Paid hours of one full-time equivalent.
    shrinkage : float, optional
        The share of the paid time that is not worked; without it, as measured from booked hours.
    occupancy : float
        The largest share of the time at work that may be spent on items.
    severe_hours : float, optional
        The most hours a day that one person may spend on severe queues.
    weeks : int
        How far ahead the plan looks.
    labour : LabourRules
    """

    queues: dict[str, QueuePromise] = Field(default_factory=dict)
    hours_a_week: Hours = 40.0
    shrinkage: Annotated[float, Field(ge=0, le=MOST_SHRINKAGE)] | None = None
    occupancy: Share = 0.85
    severe_hours: Hours | None = None
    weeks: Annotated[int, Field(ge=1, le=26)] = 13
    labour: LabourRules = LabourRules()

    @field_validator("queues")
    @classmethod
    def _named(cls, value: dict[str, QueuePromise]) -> dict[str, QueuePromise]:
        if any(not name.strip() for name in value):
            raise ValueError("a queue needs a name")
        return value

    def of_queue(self, name: str) -> QueuePromise:
        """What a queue promises; the default of a deferred queue where nothing is said."""
        return self.queues.get(name, QueuePromise())
