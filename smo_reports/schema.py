"""The canonical tables: what every import and engine ends in, and all that the rest of the package reads.

Timestamps are UTC with microseconds, ids are strings, durations are seconds unless a name says otherwise.
A column that a source lacks is absent, never invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from smo_reports.errors import ImportFileError, nearest

Kind = Literal["text", "time", "date", "real", "int", "bool"]


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Attributes
    ----------
    name : str
    kind : {"text", "time", "date", "real", "int", "bool"}
    required : bool
        A row without it is set aside.
    one_of : tuple of str
        The only values allowed; empty when any is.
    least : float or None
        The smallest value allowed.
    most : float or None
        The largest value allowed.
    person : bool
        Holds a person's id: figures split by it are for that person and their lead only.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    one_of: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    person: bool = False


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Attributes
    ----------
    name, row : str
        ``row`` says what one row is.
    columns : tuple of Column
    key : tuple of str
        The columns that identify a row within a project.
    ordered : tuple of (str, str)
        Pairs of times of which the first may not be after the second.
    settled : tuple of str
        Columns that may not change any more once a row has been registered (has a ``registered_at``).
    made_id : tuple of str
        Where the id is missing it is made from these columns and an occurrence number; empty when it may not
        be.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    ordered: tuple[tuple[str, str], ...] = ()
    made_id: tuple[str, ...] = field(default=())
    settled: tuple[str, ...] = field(default=())

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise ImportFileError(f"table {self.name!r} has no column {name!r}; {nearest(name, self.names)}")

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns that every row must have."""
        return tuple(column.name for column in self.columns if column.required)


def _columns(required: str, optional: str, **rules: dict[str, object]) -> tuple[Column, ...]:
    """Read ``name:kind`` lists; ``rules`` adds ``one_of``, ``least``, ``most`` or ``person`` to single columns."""
    found = []
    for words, needed in ((required, True), (optional, False)):
        for word in words.split():
            name, _, kind = word.partition(":")
            found.append(Column(name, kind or "text", needed, **rules.get(name, {})))  # type: ignore[arg-type]
    return tuple(found)


_PERSON: dict[str, object] = {"person": True}
_NOT_NEGATIVE: dict[str, object] = {"least": 0.0}
PURPOSES = ("random", "targeted", "gate", "onboarding", "calibration")
ERROR_TYPES = ("false_positive", "false_negative", "wrong_selection", "technical")
ACTIVITIES = (
    "production",
    "audit",
    "training",
    "meeting",
    "calibration",
    "wellness",
    "break",
    "leave",
    "idle",
    "other",
)
EVENT_KINDS = ("guideline", "gold", "tool", "model", "training", "staffing", "sampling", "incident")

SEVERAL = " | "
"""Between the labels of a decision that has several."""

_CORE = (
    Table(
        "decisions",
        "one label a person gave to one item",
        _columns(
            "decision_id project item_id labeler_id label",
            "submitted_at:time task round:int is_final:bool supersedes started_at:time arrived_at:time "
            "due_at:time handling_s:real work_date:date local_hour:int policy queue market language "
            "content_type severity vendor team site batch_id is_gold:bool blind:bool overtime:bool "
            "guideline_version tool_version confidence:real skipped:bool model_version model_label "
            "model_score:real",
            labeler_id=_PERSON,
            handling_s=_NOT_NEGATIVE,
            round={"least": 1.0},
        ),
        ("decision_id",),
        (("started_at", "submitted_at"),),
        ("item_id", "labeler_id", "submitted_at"),
    ),
    Table(
        "decision_labels",
        "one answer, where a decision has several",
        _columns("decision_id project question value", "value_type rank:int"),
        ("decision_id", "question", "value"),
    ),
    Table(
        "audits",
        "one QA re-review of a decision",
        _columns(
            "audit_id project decision_id auditor_id audited_at:time",
            "audit_label correct:bool score:real purpose blind:bool round:int handling_s:real error_type "
            "root_cause severity comment plan_id stratum weight:real",
            auditor_id=_PERSON,
            purpose={"one_of": PURPOSES},
            error_type={"one_of": ERROR_TYPES},
            handling_s=_NOT_NEGATIVE,
            weight=_NOT_NEGATIVE,
            round={"least": 1.0},
        ),
        ("audit_id",),
        (),
        ("decision_id", "auditor_id", "audited_at"),
    ),
    Table(
        "gold",
        "one known answer",
        _columns("project item_id gold_label", "gold_version policy added_at:time retired_at:time"),
        ("item_id", "gold_version"),
        (("added_at", "retired_at"),),
    ),
    Table(
        "items",
        "one item's life in a queue, open ones too",
        _columns(
            "project item_id queue arrived_at:time",
            "due_at:time closed_at:time status batch_id severity market",
        ),
        ("item_id", "queue", "arrived_at"),
        (("arrived_at", "closed_at"),),
    ),
    Table(
        "predictions",
        "one model output for one item",
        _columns(
            "project item_id model_version predicted_label",
            "score:real predicted_at:time scores",
        ),
        ("item_id", "model_version"),
    ),
    Table(
        "arrivals",
        "items entering a queue in an interval",
        _columns(
            "project queue interval_start:time items:int",
            "interval_s:real market",
            items=_NOT_NEGATIVE,
            interval_s=_NOT_NEGATIVE,
        ),
        ("queue", "interval_start", "market"),
    ),
    Table(
        "work_hours",
        "time a person booked",
        _columns(
            "person_id work_date:date activity hours:real",
            "project started_at:time ended_at:time source",
            person_id=_PERSON,
            activity={"one_of": ACTIVITIES},
            hours={"least": 0.0, "most": 24.0},
        ),
        ("person_id", "work_date", "activity", "started_at", "source"),
        (("started_at", "ended_at"),),
    ),
    Table(
        "people",
        "one person, one spell in a role",
        _columns(
            "person_id role started_on:date",
            "project ended_on:date team vendor manager_id site market languages fte:real cohort ramp_target:real",
            person_id=_PERSON,
            manager_id=_PERSON,
            fte=_NOT_NEGATIVE,
        ),
        ("person_id", "role", "started_on"),
        (("started_on", "ended_on"),),
    ),
    Table(
        "events",
        "something that changed",
        _columns(
            "event_id project at:time kind name",
            "ended_at:time market policy queue version detail",
            kind={"one_of": EVENT_KINDS},
        ),
        ("event_id",),
        (("at", "ended_at"),),
    ),
)

SETTLED = (
    *("title", "owner", "kpi", "segment", "expected_effect", "opened_on", "due_on", "registered_at", "sent_to"),
    *("source_run", "baseline_from", "baseline_to", "evaluate_from", "evaluate_to"),
)
"""What is settled when an action is registered: who could change it once the result is known could not be proved
wrong."""

_WIDER = (
    Table(
        "disputes",
        "the arbitration of an audit",
        _columns(
            "dispute_id project audit_id raised_at:time",
            "raised_by level reason resolver_id resolved_at:time outcome final_label",
            raised_by=_PERSON,
            resolver_id=_PERSON,
        ),
        ("dispute_id",),
        (("raised_at", "resolved_at"),),
    ),
    Table(
        "appeals",
        "one appeal against a decision",
        _columns(
            "project decision_id appealed_at:time",
            "resolved_at:time outcome",
            outcome={"one_of": ("upheld", "overturned")},
        ),
        ("decision_id", "appealed_at"),
        (("appealed_at", "resolved_at"),),
    ),
    Table(
        "audit_plans",
        "how many audits were planned of one stratum",
        _columns(
            "plan_id project stratum starts_on:date ends_on:date",
            "population:int planned:int method",
            population=_NOT_NEGATIVE,
            planned=_NOT_NEGATIVE,
        ),
        ("plan_id", "stratum"),
        (("starts_on", "ends_on"),),
    ),
    Table(
        "calibrations",
        "one person's label in a calibration session",
        _columns(
            "session_id project held_on:date item_id person_id label",
            "agreed_label blind:bool",
            person_id=_PERSON,
        ),
        ("session_id", "item_id", "person_id"),
    ),
    Table(
        "batches",
        "one delivery to a model team",
        _columns("batch_id project due_on:date", "requester items:int delivered_at:time outcome rework_of"),
        ("batch_id",),
    ),
    Table(
        "escalations",
        "one item sent to a higher level",
        _columns(
            "escalation_id project item_id opened_at:time",
            "from_level to_level reason resolved_at:time outcome",
        ),
        ("escalation_id",),
        (("opened_at", "resolved_at"),),
    ),
    Table(
        "questions",
        "one guideline question to the central team",
        _columns(
            "question_id project asked_at:time",
            "asked_by policy label_a label_b text answered_at:time answer guideline_version",
            asked_by=_PERSON,
        ),
        ("question_id",),
        (("asked_at", "answered_at"),),
    ),
    Table(
        "backlog",
        "a snapshot of open items in one age band",
        _columns("project queue at:time age_from_s:real age_to_s:real items:int", "", items=_NOT_NEGATIVE),
        ("queue", "at", "age_from_s"),
    ),
    Table(
        "shifts",
        "one planned or actual shift of a person",
        _columns(
            "person_id shift_date:date starts_at:time ends_at:time kind",
            "project queue overtime:bool",
            person_id=_PERSON,
            kind={"one_of": ("planned", "actual")},
        ),
        ("person_id", "starts_at", "kind"),
        (("starts_at", "ends_at"),),
    ),
    Table(
        "leave",
        "one absence, never its reason",
        _columns("person_id starts_on:date ends_on:date", "project planned:bool", person_id=_PERSON),
        ("person_id", "starts_on"),
        (("starts_on", "ends_on"),),
    ),
    Table(
        "assignments",
        "one person on one project for a while",
        _columns("person_id project starts_on:date", "ends_on:date queue skill", person_id=_PERSON),
        ("person_id", "starts_on", "queue", "skill"),
        (("starts_on", "ends_on"),),
    ),
    Table(
        "coaching",
        "one coaching talk",
        _columns(
            "person_id coach_id held_on:date",
            "project topic next_check_on:date acknowledged_at:time",
            person_id=_PERSON,
            coach_id=_PERSON,
        ),
        ("person_id", "coach_id", "held_on", "topic"),
    ),
    Table(
        "requisitions",
        "one opening to hire for",
        _columns(
            "requisition_id role headcount:int opened_on:date",
            "project language site needed_by:date filled_on:date",
        ),
        ("requisition_id",),
    ),
    Table(
        "candidates",
        "one hiring step of one candidate",
        _columns(
            "requisition_id candidate_id stage entered_at:time",
            "project left_at:time outcome source interviewer_id interview_at:time score:real",
            candidate_id=_PERSON,
            interviewer_id=_PERSON,
        ),
        ("requisition_id", "candidate_id", "stage"),
        (("entered_at", "left_at"),),
    ),
    Table(
        "actions",
        "one corrective action",
        _columns(
            "action_id project opened_on:date title owner kpi",
            "registered_at:time segment expected_effect:real due_on:date done_on:date baseline_from:date "
            "baseline_to:date evaluate_from:date evaluate_to:date sent_to acknowledged_on:date "
            "reopened_on:date verdict source_run",
        ),
        ("action_id",),
        settled=SETTLED,
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in (*_CORE, *_WIDER)}
"""Every canonical table by name."""

PERSON_COLUMNS: frozenset[str] = frozenset(
    column.name for table in TABLES.values() for column in table.columns if column.person
)
"""Columns that hold a person's id, in any table."""


def table(name: str) -> Table:
    """Look a canonical table up.

    Raises
    ------
    ImportFileError
        When there is none of that name; it says which was probably meant.
    """
    if name not in TABLES:
        raise ImportFileError(f"unknown table {name!r}; {nearest(name, TABLES)}")
    return TABLES[name]


ESTIMATES_VERSION = 1
"""Version of the estimate columns, stored with every exhibit."""

PERIOD_WORK = "this period's work"
"""Name of the design-based, finite-population interval: it grades a target."""

PROCESS = "the process"
"""Name of the interval that treats labelers as clusters: it judges change and compares people."""

ESTIMATE_COLUMNS: tuple[str, ...] = (
    "kpi",
    "unit",
    "value",
    "low",
    "high",
    "n",
    "interval",
    "level",
    "method",
    "note",
    "period_start",
    "period_end",
)
"""What every estimate has, after the columns it is split by.

``interval`` is ``PERIOD_WORK`` or ``PROCESS``; ``level`` is the confidence level of ``low`` and ``high``;
``note`` is empty or starts with ``not measured:``, ``undefined:`` or ``too few:``; the period's end is
exclusive.
"""

MET, MISSED, UNDECIDED, TOO_FEW = "met", "missed", "undecided", "too few"
"""The four verdicts on a target."""

NOT_MEASURED, UNDEFINED = "not measured", "undefined"
"""Why there may be nothing to judge; a note begins with the same words."""

STEADY, IMPROVING, WORSENING, RISING, FALLING = "steady", "improving", "worsening", "rising", "falling"
"""Whether a KPI is changing; *rising* and *falling* where neither is better."""

STATUS_COLUMNS: tuple[str, ...] = ("target", "status", "needed", "changing", "since")
"""What ``analyses.status`` adds to an estimate."""
