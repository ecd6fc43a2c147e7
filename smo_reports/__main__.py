"""``python -m smo_reports`` is ``smo``."""

from smo_reports.cli import entry

entry()
