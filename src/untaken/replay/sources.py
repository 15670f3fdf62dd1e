"""What can be copied from: any log, or a file of JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import polars as pl

from untaken.streams.logs.archive.log import ArchiveLog
from untaken.streams.logs.archive.manifest import Selection
from untaken.streams.logs.archive.segments import SEGMENT_BYTES, SEGMENT_RECORDS
from untaken.streams.logs.base import Batch, Log, Position
from untaken.streams.logs.frames import SCHEMA

READ_RECORDS = 50_000


class Source(Protocol):
    """Records in a fixed order, each with its place."""

    @property
    def url(self) -> str: ...

    @property
    def records(self) -> int | None:
        """About how many there are, where that is known without reading them."""

    def batches(self, after: Position) -> Iterator[Batch]:
        """Yield the records from a position on, up to where the source ended when this was called."""

    def settings(self) -> pl.DataFrame:
        """Return the records of the topic `settings`."""

    def check(self) -> None:
        """Raise if something is wrong with it that is best known before anything is copied."""


class LogSource:
    """A log of any engine."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.url = log.url

    @property
    def records(self) -> int | None:
        start = self._log.start()
        return sum(end - start.get(stream, end) for stream, end in self._log.end().items())

    def batches(self, after: Position) -> Iterator[Batch]:
        end = self._log.end()
        position = self._log.start() | after
        while any(position.get(stream, 0) < last for stream, last in end.items()):
            batch = self._log.read(position, READ_RECORDS)
            if len(batch) == 0:
                return
            position = batch.position
            yield batch

    def settings(self) -> pl.DataFrame:
        return self._log.settings_records().frame

    def check(self) -> None:
        if isinstance(self._log, ArchiveLog):
            self._log.demand_whole()


def selected(records: pl.DataFrame, selection: Selection) -> pl.DataFrame:
    """Return the records that were asked for.

    Settings and declarations are taken from the beginning, whatever `since` says: nothing could be computed
    without them.
    """
    frame = records
    if selection.topics is not None:
        frame = frame.filter(pl.col("topic").is_in(selection.topics))
    if selection.since is not None:
        frame = frame.filter((pl.col("appended_at") >= selection.since) | (pl.col("topic") == "settings"))
    if selection.until is not None:
        frame = frame.filter(pl.col("appended_at") < selection.until)
    return frame


def gathered(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Join batches until they are worth writing at once, or too large to be held longer."""
    parts: list[pl.DataFrame] = []
    position: Position | None = None
    rows = held = 0
    for batch in batches:
        parts.append(batch.frame)
        position = batch.position
        rows += batch.frame.height
        held += int(batch.frame["value"].bin.size().sum())
        if rows >= SEGMENT_RECORDS or held >= SEGMENT_BYTES:
            yield Batch(pl.concat(parts), position)
            parts, rows, held, position = [], 0, 0, None
    if position is not None:
        yield Batch(pl.concat([pl.DataFrame(schema=SCHEMA), *parts]), position)
