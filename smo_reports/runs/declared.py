"""What a parameter may be: the plain JSON types that an annotation or a default declares.

A declared type accepts a value that is already typed (from Python or YAML), and reads one from the command
line's text. Both are strict: ``True`` is no ``int``, ``"7.0"`` is no ``int``, and nothing is guessed.
"""

from __future__ import annotations

import ast
import json
import math
import re
from dataclasses import dataclass
from typing import Protocol

_INT = re.compile(r"[+-]?\d+")


class Declared(Protocol):
    """One declared type; ``str()`` of it is what a message says."""

    def accept(self, value: object) -> object:
        """Return ``value`` as the type has it, or raise ValueError or TypeError."""

    def read(self, text: str) -> object:
        """Return what ``text`` says, or raise ValueError or TypeError."""


@dataclass(frozen=True)
class Plain:
    """``int``, ``float``, ``str``, ``bool`` or ``None``."""

    name: str

    def __str__(self) -> str:
        return self.name

    def accept(self, value: object) -> object:
        """Accept a value of exactly this type; an int is also a float, nan and infinity are nothing."""
        if self.name == "float" and type(value) is int:
            value = float(value)
        if type(value).__name__ != {"None": "NoneType"}.get(self.name, self.name):
            raise ValueError(value)
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(value)
        return value

    def read(self, text: str) -> object:
        """Read ``12``, ``0.5``, ``true`` or ``false``, ``none``; any text is a str."""
        if self.name == "int" and _INT.fullmatch(text):
            return int(text)
        if self.name == "float":
            return self.accept(float(text))
        if self.name == "str":
            return text
        if self.name == "bool" and text in ("true", "false"):
            return text == "true"
        if self.name == "None" and text in ("none", "null"):
            return None
        raise ValueError(text)


@dataclass(frozen=True)
class OneOf:
    """``Literal[...]``: one of some values."""

    options: tuple[object, ...]

    def __str__(self) -> str:
        return " or ".join(repr(option) for option in self.options)

    def accept(self, value: object) -> object:
        """Accept one of the options, of the same type (``1`` is not ``True``)."""
        for option in self.options:
            if type(option) is type(value) and option == value:
                return option
        raise ValueError(value)

    def read(self, text: str) -> object:
        """Read an option: texts as they are, others as JSON writes them."""
        for option in self.options:
            if text == (option if isinstance(option, str) else json.dumps(option)):
                return option
        raise ValueError(text)


@dataclass(frozen=True)
class Any:
    """Any JSON value: what an empty list or dict, or a bare ``list`` or ``dict``, says of its content."""

    def __str__(self) -> str:
        return "JSON"

    def accept(self, value: object) -> object:
        """Accept what JSON can say."""
        json.dumps(value, allow_nan=False)
        return value

    def read(self, text: str) -> object:
        """Read JSON; what is not JSON is text."""
        try:
            return json.loads(text)
        except ValueError:
            return text


@dataclass(frozen=True)
class ListOf:
    """``list[X]``."""

    item: Declared

    def __str__(self) -> str:
        return "list" if isinstance(self.item, Any) else f"list[{self.item}]"

    def accept(self, value: object) -> object:
        """Accept a list (a tuple becomes one) whose items are all accepted."""
        if not isinstance(value, (list, tuple)):
            raise TypeError(value)
        return [self.item.accept(item) for item in value]

    def read(self, text: str) -> object:
        """Read a JSON list, or items apart by commas; no text is an empty list."""
        if text.startswith("["):
            return self.accept(json.loads(text))
        return [self.item.read(part.strip()) for part in text.split(",")] if text else []


@dataclass(frozen=True)
class DictOf:
    """``dict[str, X]``."""

    value: Declared

    def __str__(self) -> str:
        return "dict" if isinstance(self.value, Any) else f"dict[str, {self.value}]"

    def accept(self, value: object) -> object:
        """Accept a dict with text keys whose values are all accepted."""
        if not isinstance(value, dict) or any(not isinstance(key, str) for key in value):
            raise ValueError(value)
        return {key: self.value.accept(item) for key, item in value.items()}

    def read(self, text: str) -> object:
        """Read a JSON object."""
        return self.accept(json.loads(text))


@dataclass(frozen=True)
class Union:
    """``X | Y``: the first that fits; text is a str only when nothing else fits."""

    kinds: tuple[Declared, ...]

    def __str__(self) -> str:
        return " | ".join(str(kind) for kind in self.kinds)

    def accept(self, value: object) -> object:
        """Accept what one of the types accepts, an exact one before a float that was an int."""
        for kind in sorted(self.kinds, key=lambda kind: kind == Plain("float")):
            try:
                return kind.accept(value)
            except (ValueError, TypeError):
                continue
        raise ValueError(value)

    def read(self, text: str) -> object:
        """Read what one of the types reads; with ``str | None``, ``none`` is None."""
        for kind in sorted(self.kinds, key=lambda kind: (kind == Plain("str"), kind == Plain("float"))):
            try:
                return kind.read(text)
            except (ValueError, TypeError):
                continue
        raise ValueError(text)


def from_annotation(node: ast.expr) -> Declared:
    """Read a type from an annotation's syntax tree.

    Raises
    ------
    ValueError
        When the annotation is none of the types above.
    """
    match node:
        case ast.Constant(value=None):
            return Plain("None")
        case ast.Constant(value=str(text)):
            return from_annotation(ast.parse(text, mode="eval").body)
        case ast.Name(id="int" | "float" | "str" | "bool" as name):
            return Plain(name)
        case ast.Name(id="list"):
            return ListOf(Any())
        case ast.Name(id="dict"):
            return DictOf(Any())
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return Union((*_members(left), *_members(right)))
        case ast.Subscript(value=ast.Name(id=outer) | ast.Attribute(attr=outer), slice=inner):
            return _subscript(outer, inner.elts if isinstance(inner, ast.Tuple) else [inner])
    raise ValueError(ast.unparse(node))


def _members(node: ast.expr) -> tuple[Declared, ...]:
    kind = from_annotation(node)
    return kind.kinds if isinstance(kind, Union) else (kind,)


def _subscript(outer: str, inner: list[ast.expr]) -> Declared:
    match outer, inner:
        case (("list" | "List"), [item]):
            return ListOf(from_annotation(item))
        case (("dict" | "Dict"), [ast.Name(id="str"), value]):
            return DictOf(from_annotation(value))
        case "Optional", [item]:
            return Union((*_members(item), Plain("None")))
        case "Union", [_, *_]:
            return Union(tuple(kind for item in inner for kind in _members(item)))
        case "Literal", [_, *_]:
            return OneOf(tuple(ast.literal_eval(item) for item in inner))
    raise ValueError(outer)


def from_default(value: object) -> Declared:
    """Infer a type from a default: ``["a"]`` says ``list[str]``, ``None`` says any JSON value.

    Raises
    ------
    ValueError
        When the default is no plain JSON value.
    """
    if value is None:
        return Any()
    if isinstance(value, (list, dict)):
        items = list(value) if isinstance(value, list) else list(value.values())
        kinds = {from_default(item) for item in items}
        inner = kinds.pop() if len(kinds) == 1 else Any()
        found: Declared = ListOf(inner) if isinstance(value, list) else DictOf(inner)
        found.accept(value)
        return found
    if type(value) in (int, float, str, bool):
        return Plain(type(value).__name__)
    raise ValueError(value)
