"""Draw docs/kpi-report.png: the first screen of the demo's largest project, in Debian's Chromium.

Run ``nox -s demo`` first, then ``python docs/make_screenshot.py demo/reports`` (needs playwright and chromium).
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SIZE = {"width": 1080, "height": 1000}


def newest_page(reports: Path) -> Path:
    """The newest KPI page of the demo's largest project."""
    pages = sorted(reports.glob("hate-speech-id/kpi/*/kpi.html"))
    if not pages:
        sys.exit(f"no KPI page below {reports}; run: nox -s demo")
    return pages[-1].resolve()


if __name__ == "__main__":
    page_path = newest_page(Path(sys.argv[1] if len(sys.argv) > 1 else "demo/reports"))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page(viewport=SIZE, color_scheme="light")
        page.goto(page_path.as_uri())
        page.screenshot(path=Path(__file__).with_name("kpi-report.png"))
        chromium.close()
