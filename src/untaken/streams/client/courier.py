"""The thread that carries events from the trading loop to the log."""

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event as Flag
from threading import Lock, Thread
from typing import TypeAlias

from untaken.schemas.base import Event
from untaken.schemas.codec import encode
from untaken.streams.client.delivery import Delivery, Parcel
from untaken.streams.client.errors import EmitterClosed
from untaken.streams.client.receipts import News, Receipt
from untaken.streams.logs.base import Entry
from untaken.streams.logs.forking import survive_forks

logger = logging.getLogger("untaken.client")

_YIELD_EVERY = 8

Sent: TypeAlias = tuple[Event, Receipt]


@dataclass(frozen=True, slots=True)
class Buffering:
    """How events wait.

    `max_batch` events or `max_delay_s` seconds make an append to the log. `max_waiting` bounds the events in
    memory: beyond it the newest is dropped, or with `wait_when_full` emitting waits (what a backtest wants,
    and its default). `spool_bytes` bounds the events on disk while the log is down. `log_timeout_s`: how long
    a locked log is waited for before it counts as down.
    """

    max_batch: int = 1_000
    max_delay_s: float = 0.02
    max_waiting: int = 100_000
    wait_when_full: bool | None = None
    spool_bytes: int = 256 << 20
    log_timeout_s: float = 2.0


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
        self._begin()
        self._start()
        survive_forks(self)

    def _begin(self) -> None:
        self.news = News(self.hurry)
        self._waiting: deque[Sent] = deque()
        self._sending = Lock()
        self._last: Receipt | None = None
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

    def send(self, event: Event, receipt: Receipt) -> None:
        if len(self._waiting) >= self._buffering.max_waiting and not self._made_room(receipt):
            return
        with self._sending:
            if self._closed:
                raise EmitterClosed
            if self._thread is None:
                self._start()
            self._waiting.append((event, receipt))
            self._last = receipt
        if self._idle:
            self._wake.set()

    def hurry(self) -> None:
        """Deliver now instead of when a batch is full or its delay has passed."""
        self._hurry.set()
        self._wake.set()

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was sent, or else left behind by an earlier process, is in the log.

        False if something still waits, is spooled or was dropped.
        """
        with self._sending:
            last, thread = self._last, self._thread
        if last is not None:
            last.wait(timeout_s)
            return last.state == "delivered"
        if thread is None:  # a forked child that has sent nothing
            return True
        self.hurry()
        with self.news.changed:
            return self.news.changed.wait_for(self._nothing_left, timeout_s)

    def close(self, timeout_s: float) -> None:
        """Deliver or spool what waits, and stop."""
        with self._sending:
            self._closed = True
            thread = self._thread
        if thread is None:
            return
        self.hurry()
        thread.join(timeout_s)
        if thread.is_alive():
            logger.error(
                "the log did not answer in %s s; up to %d events may be lost", timeout_s, self.waiting
            )

    def before_fork(self) -> None:
        self._sending.acquire()
        self.news.changed.acquire()

    def after_fork(self) -> None:
        self.news.changed.release()
        self._sending.release()
        if self.news.process != os.getpid():
            self.delivery.spool.abandon()
            self._begin()

    def _made_room(self, receipt: Receipt) -> bool:
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
        while self._waiting:
            self._carry()
        self.delivery.end()
        self._announce()

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
        in_a_hurry = self._hurry.is_set()
        self._hurry.clear()
        count = min(len(self._waiting), self._buffering.max_batch)
        sent = [self._waiting.popleft() for _ in range(count)]
        self.delivery.carry(self._packed(sent), at_once=in_a_hurry)
        self._announce()

    def _packed(self, sent: Sequence[Sent]) -> list[Parcel]:
        parcels: list[Parcel] = []
        for number, (event, receipt) in enumerate(sent):
            if number % _YIELD_EVERY == 0:
                time.sleep(0)  # lets the trading loop run, which else waits until the interpreter switches
            parcel = self._parcel(event, receipt)
            if parcel is not None:
                parcels.append(parcel)
        return parcels

    def _parcel(self, event: Event, receipt: Receipt) -> Parcel | None:
        try:
            value = encode(event)
        except Exception:
            logger.exception("%s %s cannot be written as JSON and is lost", event.type, event.id)
            receipt.state = "dropped"
            self.delivery.overflow(1)
            return None
        return Parcel(Entry(event.type, value, getattr(event, "symbol", None), self._backfill), receipt)

    def _announce(self) -> None:
        with self.news.changed:
            self.news.changed.notify_all()
