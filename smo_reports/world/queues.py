"""What queues look like from outside: arrivals by the hour, open items, backlog snapshots, batches."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from smo_reports.world.columns import NEVER, canonical, ids, words
from smo_reports.world.decisions import Work
from smo_reports.world.exports import batch_names, item_numbers
from smo_reports.world.incidents import BACKLOG
from smo_reports.world.moments import DAY, HOUR, Calendar
from smo_reports.world.operation import DAYS, SEVERITIES, WEEKS, Ints, Operation, pick, pick_by_row

BANDS_H = (0, 12, 24, 48, 72)
"""Lower ends of the backlog's age bands, in hours; the last band ends at 30 days."""


class Flow:
    """Counts that cross the borders of weeks, gathered while the weeks are made.

    Attributes
    ----------
    arrived : ndarray of int, shape (hours, queues, markets)
    open_at : ndarray of int, shape (days, queues, age bands)
        Open items at each local midnight that ends a day.
    batched, delivered : ndarray of int, shape (26,)
        Items of each weekly batch, and when its last item was closed (microseconds).
    """

    def __init__(self, operation: Operation, calendar: Calendar) -> None:
        self.operation = operation
        self.calendar = calendar
        self.start = int(calendar.utc(0))
        self.hours = (calendar.end_utc - self.start) // HOUR
        self.arrived = np.zeros((self.hours, len(operation.queues), len(operation.markets)), np.int64)
        self.open_at = np.zeros((DAYS, len(operation.queues), len(BANDS_H)), np.int64)
        self.batched = np.zeros(WEEKS, np.int64)
        self.delivered = np.zeros(WEEKS, np.int64)
        self.midnights = calendar.utc(np.arange(1, DAYS + 1))

    def see(self, work: Work) -> None:
        """Count a week's items."""
        rows = np.flatnonzero((work.gold < 0) & ~work.copy)
        queue, arrived, closed = work.queue[rows], work.arrived[rows], work.closed[rows]
        self._arrive(queue, work.market[rows], arrived)
        day = np.searchsorted(self.midnights, arrived, side="left")
        while True:
            waiting = (day < DAYS) & (closed >= self.midnights[np.minimum(day, DAYS - 1)])
            if not waiting.any():
                break
            queue, arrived, closed, day = queue[waiting], arrived[waiting], closed[waiting], day[waiting]
            age = (self.midnights[day] - arrived) // HOUR
            band = np.searchsorted(BANDS_H, age, side="right") - 1
            np.add.at(self.open_at, (day, queue, band), 1)
            day = day + 1
        batched = np.array([one.batched for one in self.operation.queues])[work.queue[rows]]
        if batched.any():
            self.batched[work.week] += int(batched.sum())
            last = int(work.closed[rows][batched].max())
            self.delivered[work.week] = max(int(self.delivered[work.week]), last)

    def _arrive(self, queue: Ints, market: Ints, arrived: Ints) -> None:
        hour = (arrived - self.start) // HOUR
        inside = (hour >= 0) & (hour < self.hours)
        _, queues, markets = self.arrived.shape
        place = (hour[inside] * queues + queue[inside]) * markets + market[inside]
        self.arrived += np.bincount(place, minlength=self.arrived.size).reshape(self.arrived.shape)

    def open_items(self, first: int, rng: np.random.Generator) -> pa.Table | None:
        """Items still open at the world's end; one queue's have piled up and are partly past due.

        Parameters
        ----------
        first : int
            The number of the first open item.
        rng : Generator
        """
        daily = self.arrived[-14 * 24 :].sum(0) / 14
        tables = []
        for code, queue in enumerate(self.operation.queues):
            for market in range(len(self.operation.markets)):
                rate = daily[code, market]
                fresh = rng.poisson(rate * (0.004 if queue.live else 0.5))
                arrived = (
                    self.calendar.end_utc
                    - (rng.random(fresh) * (HOUR / 4 if queue.live else 0.6 * DAY)).astype(np.int64)
                    - 1
                )
                if self.operation.name == BACKLOG.project and queue.name == BACKLOG.where["queue"]:
                    stuck = rng.poisson(rate * 14 / 3)
                    age = 0.6 + 13 * rng.random(stuck)
                    arrived = np.concatenate([arrived, self.calendar.end_utc - (age * DAY).astype(np.int64)])
                tables.append((code, market, arrived))
        queue_code = np.concatenate([np.full(len(at), code) for code, _, at in tables])
        market_code = np.concatenate([np.full(len(at), market) for _, market, at in tables])
        arrived = np.concatenate([at for _, _, at in tables])
        self._arrive(queue_code, market_code, arrived)
        return self._open_table(first, queue_code, market_code, arrived, rng)

    def _open_table(
        self, first: int, queue: Ints, market: Ints, arrived: Ints, rng: np.random.Generator
    ) -> pa.Table | None:
        listed = np.array([one.listed for one in self.operation.queues])[queue]
        queue, market, arrived = queue[listed], market[listed], arrived[listed]
        if not len(queue):
            return None
        due = np.array([one.due_hours for one in self.operation.queues])[queue] * HOUR
        policy = pick(rng, np.array([one.share for one in self.operation.policies]), len(queue))
        columns = {
            "item_id": ids(f"{self.operation.key}-i", item_numbers(first + np.arange(len(queue))), 8),
            "queue": words([one.name for one in self.operation.queues], queue),
            "arrived_at": arrived,
            "due_at": arrived + due.astype(np.int64),
            "closed_at": np.full(len(queue), NEVER),
            "status": words(["open"], np.zeros(len(queue), np.int64)),
            "batch_id": words(["none"], np.full(len(queue), -1)),
            "severity": words(SEVERITIES, pick_by_row(rng, self.operation.severities, policy)),
            "market": words([one.name for one in self.operation.markets], market),
        }
        return canonical("items", self.operation.name, columns)

    def arrivals(self) -> pa.Table:
        """Make the ``arrivals`` table: every hour, queue and market, zeros included."""
        hours, queues, markets = self.arrived.shape
        hour, queue, market = (axis.ravel() for axis in np.indices((hours, queues, markets)))
        columns = {
            "queue": words([one.name for one in self.operation.queues], queue),
            "interval_start": self.start + hour * HOUR,
            "items": self.arrived.ravel(),
            "interval_s": np.full(hours * queues * markets, 3600.0),
            "market": words([one.name for one in self.operation.markets], market),
        }
        return canonical("arrivals", self.operation.name, columns)

    def backlog(self) -> pa.Table | None:
        """Make the ``backlog`` table: nightly snapshots of the queues whose items are not exported."""
        hidden = [code for code, one in enumerate(self.operation.queues) if not one.listed]
        if not hidden:
            return None
        day, queue, band = (axis.ravel() for axis in np.indices((DAYS, len(hidden), len(BANDS_H))))
        ends = np.array([*BANDS_H[1:], 720])
        columns = {
            "queue": words([self.operation.queues[code].name for code in hidden], queue),
            "at": self.midnights[day],
            "age_from_s": np.array(BANDS_H)[band] * 3600.0,
            "age_to_s": ends[band] * 3600.0,
            "items": self.open_at[:, hidden].ravel(),
        }
        return canonical("backlog", self.operation.name, columns)

    def batches(self, rng: np.random.Generator) -> pa.Table | None:
        """Make the ``batches`` table: one a week, due on the Wednesday after; some are sent back."""
        weeks = np.flatnonzero(self.batched)
        if not len(weeks):
            return None
        at = self.delivered[weeks] + (rng.integers(10, 80, len(weeks))) * HOUR
        due = [self.calendar.date(7 * int(week) + 9) for week in weeks]
        back = rng.random(len(weeks)) < 0.12
        again = np.r_[False, back[:-1]]
        names = batch_names(self.operation)
        columns = {
            "batch_id": [names[week] for week in weeks],
            "due_on": due,
            "requester": words(["model team"], np.zeros(len(weeks), np.int64)),
            "items": self.batched[weeks],
            "delivered_at": np.where(at < self.calendar.end_utc, at, NEVER),
            "outcome": words(["accepted", "returned"], np.where(at < self.calendar.end_utc, back.astype(np.int64), -1)),
            "rework_of": [names[weeks[place - 1]] if again[place] else None for place in range(len(weeks))],
        }
        return canonical("batches", self.operation.name, columns)
