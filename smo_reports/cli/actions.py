"""The ledger of corrective actions: what was promised, what became of it, whether it worked."""

from __future__ import annotations

from typing import Annotated

import typer

from smo_reports.cli.options import ProjectName

actions = typer.Typer(
    help="Corrective actions: what was promised, what became of it, whether it worked.", rich_markup_mode=None
)

Action = Annotated[str, typer.Argument(metavar="ACTION", help="Its id, or enough of the beginning.")]
On = Annotated[str, typer.Option(help="The day; default: today.")]


@actions.command(name="list")
def list_(project: ProjectName) -> None:
    """List the actions with their state, and the verdict where their window has closed.

    Example: smo actions list --project hate-speech-id
    """
    from smo_reports.commands.actions import list_actions

    for line in list_actions(project):
        print(line)


@actions.command(name="open")
def open_(
    project: ProjectName,
    title: Annotated[str, typer.Option(help="What will be done.")],
    owner: Annotated[str, typer.Option(help="Who answers for it.")],
    kpi: Annotated[str, typer.Option(help="What it is meant to move, as smo kpis lists it.")],
    expect: Annotated[
        float, typer.Option(help="By how much: points of a share (1.5 is 1.5 points), otherwise in the KPI's unit.")
    ],
    due: Annotated[str, typer.Option(help="The day by which it will be done: 2026-11-30.")],
    where: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="In which segment; may be repeated.")
    ] = None,
    trigger: Annotated[str, typer.Option(help="The week that showed the problem; default: the last whole one.")] = "",
    baseline: Annotated[str, typer.Option(help="Default: the four weeks before the trigger.")] = "",
    window: Annotated[str, typer.Option(help="Default: four weeks from the Monday after it is due.")] = "",
    sent_to: Annotated[str, typer.Option(help="Whom it was sent to.")] = "",
    source_run: Annotated[str, typer.Option(help="The run whose finding it answers.")] = "",
) -> None:
    """Register an action before its result is known; what is promised cannot be changed afterwards.

    Example: smo actions open --project hate-speech-id --title "Clarify satire" --owner qa --kpi accuracy --where
    policy=harassment --expect 1.5 --due 2026-11-30
    """
    from smo_reports.commands.promises import Promise, open_action

    promise = Promise(
        title, owner, kpi, tuple(where or ()), expect, due, trigger, baseline, window, sent_to, source_run
    )
    made = open_action(project, promise)
    print(f"action {made.action_id}{'' if made.new else ' was registered before'}")
    print(f"promised: {made.promised}")
    print(f"baseline: {made.baseline[0]} to {made.baseline[1]}, without the last day")
    print(f"window: {made.window[0]} to {made.window[1]}, without the last day")
    if made.after_the_fact:
        print("registered after the fact: its window has begun, so its verdict will not count as proof")
    if made.old_trigger:
        print("its baseline ends weeks before today and may have been picked, so its verdict will not count as proof")


@actions.command()
def acknowledge(action: Action, project: ProjectName, on: On = "") -> None:
    """Record that the owner knows of an action.

    Example: smo actions acknowledge 3f2a --project hate-speech-id
    """
    from smo_reports.commands.actions import acknowledge as record

    print(f"acknowledged: {record(project, action, on)}")


@actions.command()
def done(action: Action, project: ProjectName, on: On = "") -> None:
    """Record that an action is done.

    Example: smo actions done 3f2a --project hate-speech-id --on 2026-11-27
    """
    from smo_reports.commands.actions import finish

    print(f"done: {finish(project, action, on)}")


@actions.command()
def reopen(action: Action, project: ProjectName, on: On = "") -> None:
    """Take back that an action is done; its history is kept.

    Example: smo actions reopen 3f2a --project hate-speech-id
    """
    from smo_reports.commands.actions import reopen as record

    print(f"reopened: {record(project, action, on)}")


@actions.command()
def verdict(
    project: ProjectName,
    action: Annotated[str, typer.Argument(metavar="[ACTION]", help="Default: all.")] = "",
) -> None:
    """Judge the actions whose window has closed, and keep the verdicts in the ledger.

    Example: smo actions verdict --project hate-speech-id
    """
    from smo_reports.commands.actions import judge_actions

    for line in judge_actions(project, action):
        print(line)
