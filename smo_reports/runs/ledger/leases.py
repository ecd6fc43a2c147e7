"""Leases: what one program does, no other does, on whatever host it is; and what is done is done once."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import sqlalchemy as sa

from smo_reports.runs.ledger.entry import iso
from smo_reports.runs.ledger.ledger import Ledger
from smo_reports.runs.ledger.tables import leases


class Leases:
    """Names that one holder at a time may have.

    Parameters
    ----------
    ledger : Ledger
    holder : str
        This program.
    """

    def __init__(self, ledger: Ledger, holder: str) -> None:
        self.ledger, self.holder = ledger, holder

    def _own(self, name: str) -> str:
        """A name as the database has it: of this workspace, since others may share the ledger."""
        return f"{self.ledger.workspace}/{name}"

    def take(self, name: str, seconds: float) -> bool:
        """Take a name, unless another holder has it or what it stands for is done.

        Returns
        -------
        bool
            False as well where the database cannot be reached: who cannot ask must not take.
        """
        return bool(self.ledger.attempt(lambda engine: _take(engine, self._own(name), self.holder, seconds)))

    def renew(self, name: str, seconds: float) -> bool:
        """Keep a name for longer; False where it is no longer this holder's."""
        mine = leases.update().where(
            leases.c.name == self._own(name), leases.c.holder == self.holder, leases.c.done.is_(False)
        )

        def renewed(engine: sa.Engine) -> int:
            with engine.begin() as connection:
                return connection.execute(mine.values(until=_in(connection, seconds))).rowcount

        return bool(self.ledger.attempt(renewed))

    def finish(self, name: str) -> bool:
        """Say that what a name stands for is done, for good."""
        mine = leases.update().where(leases.c.name == self._own(name), leases.c.holder == self.holder)
        return bool(self.ledger.attempt(functools.partial(_changed, statement=mine.values(done=True))))

    def give_back(self, name: str) -> None:
        """Let another holder have a name whose work was not begun."""
        mine = leases.delete().where(
            leases.c.name == self._own(name), leases.c.holder == self.holder, leases.c.done.is_(False)
        )
        self.ledger.attempt(functools.partial(_changed, statement=mine))

    def done(self, names: list[str]) -> set[str] | None:
        """Those of some names that are done; None where the database cannot be reached."""
        own = {self._own(name): name for name in names}
        wanted = sa.select(leases.c.name).where(leases.c.name.in_(list(own)), leases.c.done.is_(True))
        found = self.ledger.attempt(functools.partial(_names, wanted=wanted))
        return None if found is None else {own[name] for name in found}

    def forget(self, before: dt.datetime) -> None:
        """Drop leases that ended before a time: what they stand for is too old to be done again."""
        old = leases.delete().where(
            leases.c.name.startswith(self._own(""), autoescape=True), leases.c.until < iso(before)
        )
        self.ledger.attempt(functools.partial(_changed, statement=old))


def _take(engine: sa.Engine, name: str, holder: str, seconds: float) -> bool:
    try:
        with engine.begin() as connection:
            until = _in(connection, seconds)
            connection.execute(leases.insert().values(name=name, holder=holder, until=until, done=False))
    except sa.exc.IntegrityError:
        # Somebody has it, or had it and did not finish.
        with engine.begin() as connection:
            now, until = _in(connection, 0), _in(connection, seconds)
            free = leases.update().where(leases.c.name == name, leases.c.done.is_(False), leases.c.until < now)
            return connection.execute(free.values(holder=holder, until=until)).rowcount == 1
    return True


def _in(connection: sa.Connection, seconds: float) -> str:
    """A time so many seconds from now, by the clock that all holders share: hosts' own clocks differ."""
    now = dt.datetime.now(dt.UTC)
    if connection.dialect.name == "postgresql":
        now = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return iso(now + dt.timedelta(seconds=seconds))


def _changed(engine: sa.Engine, statement: sa.Update | sa.Delete) -> int:
    with engine.begin() as connection:
        return connection.execute(statement).rowcount


def _names(engine: sa.Engine, wanted: sa.Select[Any]) -> set[str]:
    with engine.connect() as connection:
        return {str(name) for name in connection.execute(wanted).scalars()}
