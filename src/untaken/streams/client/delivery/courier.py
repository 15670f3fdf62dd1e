"""The thread that carries events from the trading loop to the log."""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event as Flag
from threading import Lock, Thread
from typing import NamedTuple, TypeAlias

from untaken.schemas.base import Event
from untaken.schemas.codec import encode
from untaken.streams.client.delivery.carrier import Delivery, Parcel
from untaken.streams.client.errors import EmitterClosed
from untaken.streams.client.receipts import Fate, News
from untaken.streams.logs.base import Entry
from untaken.streams.logs.forking import survive_forks

logger = logging.getLogger("untaken.client")

_YIELD_EVERY = 8

Sent: TypeAlias = tuple[Event, Fate, str | None]
"""An event, its receipt, and the `traceparent` of whatever was at work when it was reported."""


class Goal(NamedTuple):
    """Something to wait for: until it is `reached`; then `good` tells whether it went well."""

    reached: Callable[[], bool]
    good: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Buffering:
    """How events wait.

    `max_batch` events or `max_delay_s` seconds make an append to the log. `max_waiting` bounds the events in
    memory: beyond it the newest is dropped, or with `wait_when_full` emitting waits (what a backtest wants,
    and its default; an `AsyncEmitter` never does). `spool_bytes` bounds the events on disk while the log is
    down. `log_timeout_s`: how long a locked file (2 where left out) or a silent broker (5) is waited for before
    the log counts as down.
    """

    max_batch: int = 1_000
    max_delay_s: float = 0.02
    max_waiting: int = 100_000
    wait_when_full: bool | None = None
    spool_bytes: int = 256 << 20
    log_timeout_s: float | None = None


class Courier:
    """Takes events without ever blocking on the log, and delivers them from a thread of its own."""

    def __init__(
        self,
        new_delivery: Callable[[], Delivery],
        buffering: Buffering,
        *,
        wait_when_full: bool,
        backfill: bool,
    ) -> None:
        self._new_delivery = new_delivery
        self._buffering = buffering
        self._wait_when_full = wait_when_full
        self._backfill = backfill
        self._closed = False
        self._wait_until_s = 0.0
        self._begin()
        self._start()
        survive_forks(self)

    def _begin(self) -> None:
        self.news = News(self.hurry)
        self._waiting: deque[Sent] = deque()
        self._sending = Lock()
        self._last: Fate | None = None
        self._dropped = 0
        self._idle = False
        self._adopted = False
        self._wake = Flag()
        self._hurry = Flag()
        self._thread: Thread | None = None

    def _start(self) -> None:
        self.delivery = self._new_delivery()
        self._thread = Thread(target=self._run, name="untaken-emitter", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def has_room(self) -> bool:
        """Whether at least half of the memory for waiting events is free."""
        return 2 * len(self._waiting) <= self._buffering.max_waiting

    def send(self, event: Event, receipt: Fate, traceparent: str | None = None) -> None:
        if len(self._waiting) >= self._buffering.max_waiting and not self._made_room(receipt):
            return
        with self._sending:
            if self._closed:
                raise EmitterClosed
            if self._thread is None:
                self._start()
            self._waiting.append((event, receipt, traceparent))
            self._last = receipt
        if self._idle:
            self._wake.set()

    def hurry(self) -> None:
        """Deliver now instead of when a batch is full or its delay has passed."""
        self._hurry.set()
        self._wake.set()

    def goal(self) -> Goal:
        """Return the point where all that was sent, or else left behind by an earlier process, is in the log.

        It is good unless something is spooled by then, or was dropped since the goal before.
        """
        with self._sending:
            last, thread = self._last, self._thread
        if thread is None:  # a forked child that has sent nothing
            return Goal(lambda: True, lambda: True)
        if last is None:
            return Goal(self._nothing_left, self._nothing_left)
        tally = self.delivery.tally
        dropped, self._dropped = self._dropped, tally.dropped
        return Goal(lambda: last.done, lambda: last.state == "delivered" and tally.dropped == dropped)

    def close(self, timeout_s: float) -> bool:
        """Deliver or spool what waits, and stop; False if the log has not answered in time."""
        with self._sending:
            self._wait_until_s = time.monotonic() + timeout_s
            self._closed = True
            thread = self._thread
        if thread is None:
            return True
        self.hurry()
        thread.join(timeout_s)
        if thread.is_alive():
            logger.error(
                "the log did not answer in %s s; up to %d events may be lost", timeout_s, self.waiting
            )
        return not thread.is_alive()

    def before_fork(self) -> None:
        self._sending.acquire()
        self.news.changed.acquire()

    def after_fork(self) -> None:
        self.news.changed.release()
        self._sending.release()
        if not self.news.ours:
            self.delivery.spool.abandon()
            self._begin()

    def _made_room(self, receipt: Fate) -> bool:
        if not self._wait_when_full:
            receipt.state = "dropped"
            self.delivery.overflow(1)
            return False
        with self.news.changed:
            self.hurry()
            self.news.changed.wait_for(lambda: len(self._waiting) < self._buffering.max_waiting)
        return True

    def _nothing_left(self) -> bool:
        return self._adopted and not self.delivery.undelivered

    def _run(self) -> None:
        self.delivery.adopt()
        self._adopted = True
        self._carry()
        while not self._closed:
            self._await_work()
            self._carry()
        while self._waiting or self._goes_on():
            self._carry()
        self.delivery.end()
        self.news.announce()

    def _goes_on(self) -> bool:
        """Whether the spool is being delivered, and whoever closes still waits for it."""
        delivery = self.delivery
        return delivery.undelivered and not delivery.retry_in_s and time.monotonic() < self._wait_until_s

    def _await_work(self) -> None:
        """Sleep until something is sent; then until a batch is full, its delay has passed or somebody is in a hurry."""
        self._idle = True
        if not self._waiting:
            self._wake.wait(self.delivery.retry_in_s if self.delivery.undelivered else None)
        self._idle = False
        self._wake.clear()
        if len(self._waiting) < self._buffering.max_batch:
            self._hurry.wait(self._buffering.max_delay_s)

    def _carry(self) -> None:
        in_a_hurry = (
            self._hurry.is_set() and not self._closed
        )  # the last attempt is that of the delivery's end
        self._hurry.clear()
        count = min(len(self._waiting), self._buffering.max_batch)
        sent = [self._waiting.popleft() for _ in range(count)]
        self.delivery.carry(self._packed(sent), at_once=in_a_hurry)
        self.news.announce()

    def _packed(self, sent: Sequence[Sent]) -> list[Parcel]:
        parcels: list[Parcel] = []
        for number, one in enumerate(sent):
            if number % _YIELD_EVERY == 0:
                time.sleep(0)  # lets the trading loop run, which else waits until the interpreter switches
            parcel = self._parcel(*one)
            if parcel is not None:
                parcels.append(parcel)
        return parcels

    def _parcel(self, event: Event, receipt: Fate, traceparent: str | None) -> Parcel | None:
        try:
            value = encode(event)
        except Exception:
            logger.exception("%s %s cannot be written as JSON and is lost", event.type, event.id)
            receipt.state = "dropped"
            self.delivery.overflow(1)
            return None
        symbol = getattr(event, "symbol", None)
        return Parcel(Entry(event.type, value, symbol, self._backfill, traceparent=traceparent), receipt)
