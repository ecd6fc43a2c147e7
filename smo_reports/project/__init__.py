r"""One project's YAML and the workspace's ``smo.yaml``, read once, checked whole, then frozen.

>>> parse_project("title: x\n", "params/demo.yaml")
Traceback (most recent call last):
smo_reports.errors.ProjectError: params/demo.yaml: 'project' is missing; add it
"""

from __future__ import annotations

from smo_reports.project.guidelines import MOST_CHARACTERS, ROOT_CAUSES, Guideline, in_force
from smo_reports.project.import_map import ImportMap
from smo_reports.project.one import ALL_PROJECTS, NAME, Project
from smo_reports.project.plans import Access, Delivery, PeriodKind, ReportPlan
from smo_reports.project.reading import find_workspace, load_project, load_projects, parse_import_map, parse_project
from smo_reports.project.staffing import LabourRules, QueuePromise, Staffing
from smo_reports.project.targets import Target
from smo_reports.project.taxonomy import Labels
from smo_reports.project.workspace import Workspace

__all__ = [
    "ALL_PROJECTS",
    "MOST_CHARACTERS",
    "NAME",
    "ROOT_CAUSES",
    "Access",
    "Delivery",
    "Guideline",
    "ImportMap",
    "Labels",
    "LabourRules",
    "PeriodKind",
    "Project",
    "QueuePromise",
    "ReportPlan",
    "Staffing",
    "Target",
    "Workspace",
    "find_workspace",
    "in_force",
    "load_project",
    "load_projects",
    "parse_import_map",
    "parse_project",
]
