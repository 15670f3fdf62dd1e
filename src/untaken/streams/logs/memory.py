"""The log in memory: for tests, trials and notebooks; it ends with the process."""

import itertools
from collections.abc import Sequence
from threading import Condition
from typing import TYPE_CHECKING

from untaken.streams.logs.base import (
    FIRST,
    STREAM,
    Batch,
    Clock,
    Count,
    Entry,
    Position,
    system_clock,
    topic_of_entry,
)
from untaken.streams.logs.errors import LogClosed

if TYPE_CHECKING:
    from untaken.streams.logs.frames import Row


class MemoryLog:
    """A log of one process, safe to use from several threads."""

    url = "memory://"

    def __init__(self, clock: Clock = system_clock) -> None:
        self._clock = clock
        self._rows: list[Row] = []
        self._kinds: dict[tuple[str, str, bool], int] = {}
        self._changed = Condition()
        self._closed = False

    def append(self, entries: Sequence[Entry]) -> list[int]:
        with self._changed:
            self._demand_open()
            described = [(topic_of_entry(entry), entry.type, entry.backfill) for entry in entries]
            kinds = [self._kinds.setdefault(kind, len(self._kinds)) for kind in described]
            first = len(self._rows) + FIRST
            now = self._clock()
            self._rows.extend(
                (offset, now if entry.appended_at is None else entry.appended_at, kind, entry.value)
                for offset, kind, entry in zip(itertools.count(first), kinds, entries, strict=False)
            )
            self._changed.notify_all()
            return list(range(first, len(self._rows) + FIRST))

    def read(self, after: Position, limit: int) -> Batch:
        start = after.get(STREAM, FIRST)
        with self._changed:
            self._demand_open()
            rows = self._rows[start - FIRST : start - FIRST + limit]
        return self._batch(rows, start)

    def start(self) -> Position:
        return {STREAM: FIRST}

    def end(self) -> Position:
        return {STREAM: len(self._rows) + FIRST}

    def wait(self, position: Position, timeout_s: float) -> bool:
        def arrived() -> bool:
            return self._closed or self.end()[STREAM] > position.get(STREAM, FIRST)

        with self._changed:
            return self._changed.wait_for(arrived, timeout_s) and not self._closed

    def counts(self) -> list[Count]:
        with self._changed:
            numbers = [row[2] for row in self._rows]
            return sorted(Count(*kind, numbers.count(number)) for kind, number in self._kinds.items())

    def settings_records(self) -> Batch:
        with self._changed:
            self._demand_open()
            wanted = {number for (topic, _, _), number in self._kinds.items() if topic == "settings"}
            rows = [row for row in self._rows if row[2] in wanted]
        return self._batch(rows, FIRST)

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _batch(self, rows: "Sequence[Row]", start: int) -> Batch:
        from untaken.streams.logs.frames import batch_of  # noqa: PLC0415 - writers stay free of polars

        return batch_of(rows, {number: kind for kind, number in self._kinds.items()}, start)

    def _demand_open(self) -> None:
        if self._closed:
            raise LogClosed(self.url)
