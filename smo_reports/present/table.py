"""Tables: real HTML with headers and a caption; all text is escaped, and rows become cards on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment
from markupsafe import Markup

_TEMPLATE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """<table class="smo-table{{ ' cards' if cards }}" role="table">
<caption>{{ caption }}</caption>
<thead role="rowgroup"><tr role="row">
{% for column in columns %}
<th role="columnheader" scope="col"{% if column.digits %} class="digits"{% endif %}>{{ column.title }}</th>
{% endfor %}
</tr></thead>
<tbody role="rowgroup">
{% for row in rows %}
<tr role="row">
{% for column, cell in zip(columns, row) %}
{% if loop.first %}
<th role="rowheader" scope="row">{{ cell }}</th>
{% else %}
<td role="cell" data-label="{{ column.title }}"{% if column.digits %} class="digits"{% endif %}>{{ cell }}</td>
{% endif %}
{% endfor %}
</tr>
{% endfor %}
</tbody>
</table>
{% if note %}<p class="smo-note">{{ note }}</p>{% endif %}
"""
)


@dataclass(frozen=True)
class Column:
    """A column's title, and whether it holds digits (right-aligned)."""

    title: str
    digits: bool = False


def table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str | Markup]],
    caption: str,
    note: str = "",
    cards: bool = True,
) -> Markup:
    """An HTML table.

    Parameters
    ----------
    columns : sequence of Column
    rows : sequence of sequence of str or Markup
        ``str`` is escaped, ``Markup`` is trusted; the first cell of a row is its header.
    caption : str
        Says what the table shows; read first by screen readers.
    note : str
    cards : bool
        On a phone each row becomes a card.

    Returns
    -------
    Markup
    """
    return Markup(  # noqa: S704 - rendered with autoescape
        _TEMPLATE.render(columns=columns, rows=rows, caption=caption, note=note, cards=cards, zip=zip)
    )


def long_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str | Markup]],
    caption: str,
    note: str,
    more: str,
    first: int = 4,
) -> Markup:
    """A table whose later rows are shown when they are asked for: on a phone each row is a card of its own.

    Parameters
    ----------
    columns, rows, caption, note
        As for :func:`table`.
    more : str
        What the rest is called, such as ``9 more weeks``.
    first : int
        So many rows are shown at once; a rest of one row is not folded away.
    """
    if len(rows) <= first + 1:
        return table(columns, rows, caption, note)
    rest = Markup("<details><summary>{}</summary>{}</details>").format(more, table(columns, rows[first:], more))
    said = Markup('<p class="smo-note">{}</p>').format(note) if note else Markup("")
    return table(columns, rows[:first], caption) + rest + said


def status_chip(status: str, word: str, shape: str) -> Markup:
    """A status as shape, word and colour."""
    if not status:
        return Markup("")
    return Markup('<span class="smo-status {kind}"><span aria-hidden="true">{shape}</span> {word}</span>').format(
        kind=status.replace(" ", "-"), shape=shape, word=word
    )
