"""Render an executed notebook as one self-contained page, with nbconvert and ``templates/smo``."""

from __future__ import annotations

import functools
import re
import threading
from pathlib import Path
from typing import Any

import jinja2
import mistune
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode

from smo_reports.errors import ReportError

_OUTSIDE = re.compile(
    r"""<(?!a\b)[a-z][^<>]*?\s(?:src|srcset|href|xlink:href|poster|data|action)\s*=\s*["']?\s*(?:[a-z]+:)?//[^\s"'>]*
      | <style\b(?:(?!</style).)*?(?:@import|url\(\s*["']?\s*(?:[a-z]+:)?//)[^\s;)]*
      | <[a-z][^<>]*\sstyle\s*=\s*(?:"[^"]*|'[^']*)url\(\s*["']?\s*(?:[a-z]+:)?//[^\s)]*
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


class _Prose(mistune.HTMLRenderer):
    """Markdown whose HTML is escaped and whose headings start at the second level: the page has one first."""

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        return super().heading(text, max(level, 2), **attrs)


_prose = mistune.create_markdown(renderer=_Prose(escape=True), plugins=["table", "footnotes"])


class _PageExporter(HTMLExporter):
    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Any = None, **options: Any
    ) -> tuple[str, Any]:
        # HTMLExporter parses the whole page again to add alt texts; exhibits have theirs, and its parser
        # writes SVG attributes in small letters.
        return super(HTMLExporter, self).from_notebook_node(nb, resources, **options)


# An exporter keeps what belongs to one page in itself.
_ONE_AT_A_TIME = threading.Lock()


@functools.cache
def _exporter(templates: Path, code: bool) -> HTMLExporter:
    return _PageExporter(  # type: ignore[no-untyped-call]
        template_name="smo",
        extra_template_basedirs=[str(templates)],
        exclude_input=not code,
        filters={"prose": _prose},
    )


def render_page(
    notebook: NotebookNode, templates: Path, *, title: str, language: str = "en", code: bool = False
) -> str:
    """Render an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode
    templates : Path
        The workspace's ``templates`` folder.
    title : str
        The browser's title of the page.
    language : str, optional
        The page's language, as HTML names it.
    code : bool, optional
        Show the cells' code.

    Returns
    -------
    str
        HTML that refers to nothing outside itself, but for links in prose.

    Raises
    ------
    ReportError
        When the template is missing or broken, or when prose or an exhibit would fetch from elsewhere.
    """
    if not (templates / "smo" / "index.html.j2").is_file():
        raise ReportError(f"{templates / 'smo'}: no page template; copy templates/smo from a new workspace (smo init)")
    try:
        with _ONE_AT_A_TIME:
            page, _ = _exporter(templates, code).from_notebook_node(
                notebook, {"page": {"title": title, "language": language}}
            )
    except jinja2.TemplateError as error:
        raise ReportError(f"{templates / 'smo'}: the page template is broken: {error}") from None
    found = _OUTSIDE.search(page)
    if found:
        raise ReportError(
            f"{title}: the page would fetch something from elsewhere: {found[0][-200:]}; embed it instead"
        )
    return str(page)
