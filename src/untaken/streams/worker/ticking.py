"""When event time has to be told to move: a live log in which nothing happens would wait for ever."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from untaken.schemas.ids import derived_id
from untaken.schemas.times import from_us, rfc3339
from untaken.streams.logs.base import Entry

LIVE_WITHIN_US = 3_600_000_000
"""A log whose newest event is younger than this counts as live; one of the past is never told the time."""

MICROSECONDS = 1_000_000


class Ticker:
    """Decides, for one worker of a log, when to append `clock.ticked`."""

    def __init__(self, tick_s: float) -> None:
        self._tick_us = round(tick_s * MICROSECONDS)
        self._ticked_us = 0

    def due(self, watermarks: Iterable[int | None], now_us: int, *, everywhere: bool) -> bool:
        """Whether event time has stood still for too long somewhere.

        `watermarks`: of the partitions that this worker serves. Unless these are all (`everywhere`), the others'
        are unknown, so that the clock is told at every turn.
        """
        known = [watermark for watermark in watermarks if watermark is not None]
        if self._tick_us <= 0 or not known or now_us - max(known) > LIVE_WITHIN_US:
            return False
        if now_us - self._ticked_us < self._tick_us:
            return False
        return not everywhere or now_us - min(known) >= self._tick_us

    def tick(self, now_us: int) -> Entry:
        """Return the event, and begin to wait for the next one."""
        self._ticked_us = now_us
        return tick_at(now_us)


def tick_at(now_us: int) -> Entry:
    """Return a `clock.ticked` of a moment; the same moment gives the same event."""
    at = rfc3339(from_us(now_us))
    event = {
        "type": "clock.ticked",
        "id": derived_id("clock.ticked", at.encode()),
        "at": at,
        "bot": "untaken",
        "run": "default",
        "mode": "live",
    }
    return Entry("clock.ticked", orjson.dumps(event), None)
