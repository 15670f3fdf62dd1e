"""Delivery: from memory to the log, over the spool where the log is down. Used by one thread."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock
from typing import NamedTuple

from untaken.streams.client.delivery.spool import Spool
from untaken.streams.client.receipts import Fate, State
from untaken.streams.logs.base import Entry, Log
from untaken.streams.logs.kafka.errors import EventTooLarge

logger = logging.getLogger("untaken.client")

FIRST_RETRY_S = 0.25
LAST_RETRY_S = 15.0
SEGMENTS_AT_ONCE = 8
"""Segments of the spool to deliver before what came meanwhile is put behind them: it must not wait in memory."""


class Parcel(NamedTuple):
    """An encoded event and its receipt."""

    entry: Entry
    receipt: Fate


@dataclass
class Tally:
    """What has become of the events so far."""

    delivered: int = 0
    spooled: int = 0
    dropped: int = 0
    failures: int = 0
    problem: str = ""
    failing_since_s: float | None = None


@dataclass
class Delivery:
    """Hands parcels to the log in order; while it is down, to the spool.

    `open_log` returns the log or raises why there is none. `monotonic` gives seconds. `hold` bounds how many parcels are
    kept in memory where neither the log nor the spool can take them. What is over the bounds is dropped, the
    newest first, counted, and told to `on_overflow`; so is an event larger than the log will ever take.
    """

    open_log: Callable[[], Log]
    spool: Spool
    monotonic: Callable[[], float]
    hold: int
    on_overflow: Callable[[int], None]
    tally: Tally = field(default_factory=Tally)
    _counting: Lock = field(default_factory=Lock)
    _held: list[Parcel] = field(default_factory=list)
    _told: set[str] = field(default_factory=set)
    _retry_at: float = 0.0
    _retry_s: float = FIRST_RETRY_S

    @property
    def undelivered(self) -> bool:
        return bool(self._held or self.spool)

    @property
    def behind_s(self) -> float:
        """For how long events have been kept from the log."""
        since = self.tally.failing_since_s
        return 0.0 if since is None else self.monotonic() - since

    @property
    def retry_in_s(self) -> float:
        return max(0.0, self._retry_at - self.monotonic())

    def adopt(self) -> None:
        """Take over what an earlier process left in the spool."""
        try:
            self.spool.adopt()
        except OSError as error:
            self._tell(f"the spool {self.spool.directory} cannot be read: {error}")

    def carry(self, parcels: Sequence[Parcel], *, at_once: bool = False) -> None:
        """Take parcels on and get everything as far as it can get; `at_once` does not wait for the next retry."""
        self._held += parcels
        if self.undelivered and (at_once or not self.retry_in_s):
            self._try_log()
        if self._held:
            self._try_spool()
        if len(self._held) > self.hold:
            self._drop(self.hold)

    def end(self) -> None:
        """Deliver or spool what is left; what neither takes is dropped."""
        self.carry((), at_once=True)
        if self._held:
            self._drop(0)
        self.spool.close()

    def _try_log(self) -> None:
        try:
            log = self.open_log()
            self._deliver_spool(log)
            if not self.spool:
                self._deliver_held(log)
        except Exception as error:  # noqa: BLE001 - whatever the log does, the events must go to the spool
            self._failed(error)
        else:
            self._retry_at, self._retry_s = 0.0, FIRST_RETRY_S
            if not self.spool:
                self._recovered()

    def _deliver_spool(self, log: Log) -> None:
        for segment in islice(self.spool.segments(), SEGMENTS_AT_ONCE):
            entries, others = segment.read()
            offsets = self._append(log, entries)
            if others:
                logger.warning("%d lines of %s are no events", len(others), self.spool.set_aside(others))
            self.spool.remove(segment)
            self._delivered(segment.receipts, offsets)

    def _deliver_held(self, log: Log) -> None:
        if self._held:
            offsets = self._append(log, [parcel.entry for parcel in self._held])
            receipts = [parcel.receipt for parcel in self._held]
            self._held = []
            self._delivered(receipts, offsets)

    def _append(self, log: Log, entries: Sequence[Entry]) -> list[int | None]:
        """Append entries; None is the offset of one that is larger than the log will ever take.

        It is found by halving what was refused, for the log only tells that it is there.
        """
        try:
            return [*log.append(entries)]
        except EventTooLarge as error:
            if len(entries) == 1:
                self._put_by(entries[0], error)
                return [None]
        middle = len(entries) // 2
        return self._append(log, entries[:middle]) + self._append(log, entries[middle:])

    def _put_by(self, entry: Entry, error: EventTooLarge) -> None:
        """Keep an event that the log does not take out of the way of the others."""
        try:
            kept = str(self.spool.set_aside([entry.value], "too-large"))
        except OSError as problem:
            kept = f"nowhere ({problem})"
        logger.error("%s; it is kept in %s", error, kept)

    def _try_spool(self) -> None:
        receipts = [parcel.receipt for parcel in self._held]
        try:
            written = self.spool.write([parcel.entry for parcel in self._held], receipts)
        except OSError as error:
            self._tell(f"the spool {self.spool.directory} cannot be written: {error}")
            return
        _mark(receipts[:written], "spooled")
        self.tally.spooled += written
        self._held = self._held[written:]
        if self._held:
            self._tell(f"the spool {self.spool.directory} is full")
            self._drop(0)

    def _drop(self, keep: int) -> None:
        dropped = [parcel.receipt for parcel in self._held[keep:]]
        self._held = self._held[:keep]
        _mark(dropped, "dropped")
        self.overflow(len(dropped))

    def overflow(self, count: int) -> None:
        """Count events as lost and tell it; called from any thread."""
        with self._counting:
            self.tally.dropped += count
        try:
            self.on_overflow(count)
        except Exception:
            logger.exception("on_overflow raised")

    def _delivered(self, receipts: Sequence[Fate], offsets: Sequence[int | None]) -> None:
        for receipt, offset in zip(receipts, offsets, strict=False):  # what was adopted has no receipts
            receipt.offset = offset
            receipt.state = "dropped" if offset is None else "delivered"
        refused = offsets.count(None)
        self.tally.delivered += len(offsets) - refused
        if refused:
            self.overflow(refused)

    def _failed(self, error: Exception) -> None:
        self.tally.failures += 1
        if self.tally.failing_since_s is None:
            self.tally.failing_since_s = self.monotonic()
        self._retry_at = self.monotonic() + self._retry_s
        self._retry_s = min(2 * self._retry_s, LAST_RETRY_S)
        self._tell(f"the log cannot be written, events are kept in {self.spool.directory}: {error}")

    def _recovered(self) -> None:
        if self.tally.problem:
            logger.warning("the log can be written again, everything kept has been delivered")
        self.tally.problem = ""
        self.tally.failing_since_s = None
        self._told.clear()

    def _tell(self, problem: str) -> None:
        if problem not in self._told:
            logger.warning(problem)
        self._told.add(problem)
        self.tally.problem = problem


def _mark(receipts: Sequence[Fate], state: State) -> None:
    for receipt in receipts:
        receipt.state = state
