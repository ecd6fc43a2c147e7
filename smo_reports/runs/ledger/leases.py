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

    def take(self, name: str, seconds: float) -> bool:
        """Take a name, unless another holder has it or what it stands for is done.

        Returns
        -------
        bool
            False as well where the database cannot be reached: who cannot ask must not take.
        """
        now = dt.datetime.now(dt.UTC)
        until = iso(now + dt.timedelta(seconds=seconds))
        return bool(self.ledger.attempt(lambda engine: _take(engine, name, self.holder, iso(now), until)))

    def renew(self, name: str, seconds: float) -> bool:
        """Keep a name for longer; False where it is no longer this holder's."""
        until = iso(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds))
        mine = leases.update().where(leases.c.name == name, leases.c.holder == self.holder, leases.c.done.is_(False))
        return bool(self.ledger.attempt(functools.partial(_changed, statement=mine.values(until=until))))

    def finish(self, name: str) -> bool:
        """Say that what a name stands for is done, for good."""
        mine = leases.update().where(leases.c.name == name, leases.c.holder == self.holder)
        return bool(self.ledger.attempt(functools.partial(_changed, statement=mine.values(done=True))))

    def give_back(self, name: str) -> None:
        """Let another holder have a name whose work was not begun."""
        mine = leases.delete().where(leases.c.name == name, leases.c.holder == self.holder, leases.c.done.is_(False))
        self.ledger.attempt(functools.partial(_changed, statement=mine))

    def done(self, names: list[str]) -> set[str] | None:
        """Those of some names that are done; None where the database cannot be reached."""
        wanted = sa.select(leases.c.name).where(leases.c.name.in_(names), leases.c.done.is_(True))
        return self.ledger.attempt(functools.partial(_names, wanted=wanted))

    def forget(self, before: dt.datetime) -> None:
        """Drop leases that ended before a time: what they stand for is too old to be done again."""
        self.ledger.attempt(functools.partial(_changed, statement=leases.delete().where(leases.c.until < iso(before))))


def _take(engine: sa.Engine, name: str, holder: str, now: str, until: str) -> bool:
    try:
        with engine.begin() as connection:
            connection.execute(leases.insert().values(name=name, holder=holder, until=until, done=False))
    except sa.exc.IntegrityError:
        # Somebody has it, or had it and did not finish.
        free = leases.update().where(leases.c.name == name, leases.c.done.is_(False), leases.c.until < now)
        return _changed(engine, free.values(holder=holder, until=until)) == 1
    return True


def _changed(engine: sa.Engine, statement: sa.Update | sa.Delete) -> int:
    with engine.begin() as connection:
        return connection.execute(statement).rowcount


def _names(engine: sa.Engine, wanted: sa.Select[Any]) -> set[str]:
    with engine.connect() as connection:
        return {str(name) for name in connection.execute(wanted).scalars()}
