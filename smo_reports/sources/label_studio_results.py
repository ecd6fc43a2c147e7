"""The results of Label Studio's annotations as answers, and its users as ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from smo_reports.sources.answers import joined, text

_FREE_TEXT = ("textarea",)
_NO_ANSWER = (
    "chatmessage",
    "relation",
    "rectangle",
    "polygon",
    "ellipse",
    "brush",
    "keypoint",
    "videorectangle",
)


def answers(result: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Give every answer of an annotation: its question, value and type; shapes without a label are none."""
    for region in result:
        kind = str(region.get("type", ""))
        value = region.get("value") or {}
        if kind in _NO_ANSWER or not isinstance(value, dict):
            continue
        for said in _said(kind, value):
            yield str(region.get("from_name", kind)), said, kind


def labels(result: list[dict[str, Any]], question: str | None) -> str:
    """Make an annotation's label of its closed answers, or of those to one question (free text too)."""
    return joined(
        value
        for asked, value, kind in answers(result)
        if (asked == question if question is not None else kind not in _FREE_TEXT)
    )


def _said(kind: str, value: dict[str, Any]) -> list[str]:
    """The values of one result, in order: ``value.<type>``, or ``value.labels``, or ``value.text``."""
    for key in (kind, "labels", "text"):
        if value.get(key) is not None:
            found = value[key]
            break
    else:
        return []
    if kind == "taxonomy":
        return [" / ".join(map(str, path)) if isinstance(path, list) else str(path) for path in found]
    many = found if isinstance(found, list) else [found]
    return [said.strip() for one in many if (said := text(one)) and said.strip()]


def person(said: Any) -> str | None:
    """Give a user's id: a number as it is, an object's ``id``, and of an e-mail address only a digest.

    >>> person({"id": 7, "email": "a@b.c"}), person(7), person("a@b.c")
    ('7', '7', 'annotator-d648b243a3e817ea')
    """
    if isinstance(said, dict):
        said = said.get("id", said.get("email"))
    found = text(said)
    if found is not None and "@" in found:
        return "annotator-" + hashlib.sha256(found.strip().lower().encode()).hexdigest()[:16]
    return found
