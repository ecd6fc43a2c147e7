"""What if: the few numbers of a plan that a reader may turn, each as a change of what was measured."""

from __future__ import annotations

from dataclasses import dataclass

from smo_reports.project.staffing import MOST_SHRINKAGE


@dataclass(frozen=True)
class Scenario:
    """Changes of what was measured; all at rest is the plan itself.

    The scheduled report and a live page make the same plan from the same scenario: nothing else goes into it but the
    rows, and every draw is made from the same seeds, so that two scenarios differ only by what differs in them.

    Attributes
    ----------
    volume : float
        Relative change of arrivals: 0.1 is a tenth more.
    handling : float
        Relative change of handling times.
    shrinkage : float, optional
        Share of paid time that is not worked, instead of what the project says or was measured.
    service_level : float, optional
        Instead of each queue's own.
    attrition : float
        Relative change of the rate at which people leave.
    hiring_pace : float
        Relative change of how many people apply.
    start_after_weeks : float
        From a taken offer to the first day at work: the rows do not say it.
    sure : float
        The share of paths on which a plan is to hold.

    Raises
    ------
    ValueError
        When a change takes away more than there is, or a share is none.
    """

    volume: float = 0.0
    handling: float = 0.0
    shrinkage: float | None = None
    service_level: float | None = None
    attrition: float = 0.0
    hiring_pace: float = 0.0
    start_after_weeks: float = 2.0
    sure: float = 0.8

    def __post_init__(self) -> None:
        for name in ("volume", "handling", "attrition", "hiring_pace"):
            value = getattr(self, name)
            if not -1 <= value < float("inf") or (name == "handling" and value == -1):
                raise ValueError(f"{name} is a relative change, such as 0.1 for a tenth more; got {value}")
        for name in ("service_level", "sure"):
            value = getattr(self, name)
            if value is not None and not 0 < value < 1:
                raise ValueError(f"{name} is a share between 0 and 1; got {value}")
        if self.sure < 0.5:
            raise ValueError(f"sure is the share of futures in which a plan holds, half or more; got {self.sure}")
        if self.shrinkage is not None and not 0 <= self.shrinkage <= MOST_SHRINKAGE:
            raise ValueError(f"shrinkage is a share between 0 and {MOST_SHRINKAGE}; got {self.shrinkage}")
        if not 0 <= self.start_after_weeks < float("inf"):
            raise ValueError(f"start_after_weeks is a number of weeks, 0 or more; got {self.start_after_weeks}")


AS_MEASURED = Scenario()
"""Nothing changed."""
