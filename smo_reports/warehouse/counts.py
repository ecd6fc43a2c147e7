"""What an import did, row by row: ``read == taken + updated + unchanged + set_aside``, always."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

SHOWN_REJECTS = 5
"""So many rows that were set aside are told one by one."""


@dataclass(frozen=True)
class Reject:
    """One row that was set aside: where it stands, the rule, and what its value is and what to do about it."""

    file: str
    line: int
    rule: str
    detail: str | None


@dataclass(frozen=True)
class TableCounts:
    """What an import did to one table.

    Attributes
    ----------
    table : str
    read, taken, updated, unchanged, set_aside : int
        Rows; ``read`` is the sum of the other four.
    rejects : mapping of str to int
        Rows set aside, by rule.
    first : tuple of Reject
        The first few of them, of as many rules as there are.
    """

    table: str
    read: int
    taken: int
    updated: int
    unchanged: int
    set_aside: int
    rejects: Mapping[str, int] = field(default_factory=dict)
    first: tuple[Reject, ...] = ()

    def __str__(self) -> str:
        line = (
            f"{self.table}: {self.read:,} read = {self.taken:,} taken + {self.updated:,} updated + "
            f"{self.unchanged:,} unchanged + {self.set_aside:,} set aside"
        )
        ranked = sorted(self.rejects.items(), key=lambda pair: (-pair[1], pair[0]))
        lines = [line, *(f"  {count:,} set aside: {rule}" for rule, count in ranked)]
        several = len({one.file for one in self.first}) > 1
        for one in sorted(self.first, key=lambda one: (one.file, one.line)):
            where = f"{one.file}, line {one.line}" if several else f"line {one.line}"
            lines.append(f"    {where}: {one.detail or one.rule}")
        if self.set_aside > len(self.first) > 0:
            lines.append(f"    and {self.set_aside - len(self.first):,} more: smo rejects lists them all")
        return "\n".join(lines)


@dataclass(frozen=True)
class ImportCounts:
    """What an import did.

    Attributes
    ----------
    files : tuple of str
        The base names of the files.
    tables : tuple of TableCounts
    version : int
        The warehouse's version after the import; the same as before when the import changed nothing.
    notes : tuple of str
        What the person who imports should know, such as ignored columns.
    """

    files: tuple[str, ...]
    tables: tuple[TableCounts, ...]
    version: int
    notes: tuple[str, ...] = ()

    def _total(self, name: str) -> int:
        return sum(int(getattr(table, name)) for table in self.tables)

    @property
    def file(self) -> str:
        """The file's base name, or how many there were."""
        return self.files[0] if len(self.files) == 1 else f"{len(self.files)} files"

    @property
    def read(self) -> int:
        """Rows read, over all tables."""
        return self._total("read")

    @property
    def taken(self) -> int:
        """New rows, over all tables."""
        return self._total("taken")

    @property
    def updated(self) -> int:
        """Stored rows replaced, over all tables."""
        return self._total("updated")

    @property
    def unchanged(self) -> int:
        """Rows that were stored already, over all tables."""
        return self._total("unchanged")

    @property
    def set_aside(self) -> int:
        """Rows that broke a rule, over all tables."""
        return self._total("set_aside")

    @property
    def rejects(self) -> dict[str, int]:
        """Rows set aside, by rule, over all tables."""
        total: Counter[str] = Counter()
        for table in self.tables:
            total.update(table.rejects)
        return dict(sorted(total.items()))

    def table(self, name: str) -> TableCounts:
        """Give one table's counts; all zero when the import had no row of it."""
        found = [table for table in self.tables if table.table == name]
        return found[0] if found else TableCounts(name, 0, 0, 0, 0, 0)

    def __str__(self) -> str:
        body = [str(table) for table in self.tables] or ["nothing to import: the file has no rows for any table"]
        return "\n".join([self.file, *body, *(f"note: {note}" for note in self.notes)])
