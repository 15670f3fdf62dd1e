"""Logs of every engine, and copies from one to the next."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from untaken.replay.archive import Copied, copy_to_archive, copy_to_lines, copy_to_log, presence_in
from untaken.replay.lines import LinesSource
from untaken.replay.sources import LogSource, Source
from untaken.streams.logs.archive.digests import record_digests, total
from untaken.streams.logs.archive.log import ArchiveLog
from untaken.streams.logs.archive.manifest import Selection
from untaken.streams.logs.base import Entry, Log
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.logs.sqlite import SqliteLog

ENGINES = ("sqlite", "parquet", "jsonl", "jsonl.gz")
ALL = Selection()
KEPT = ("topic", "type", "appended_at", "backfill", "value")
"""What every copy keeps."""


class Place(NamedTuple):
    """Where a copy lies."""

    engine: str
    path: Path

    def source(self) -> Source:
        if self.engine.startswith("jsonl"):
            return LinesSource(self.path)
        return LogSource(self.log())

    def source_exists(self) -> bool:
        return (self.path / "manifest.json" if self.engine == "parquet" else self.path).exists()

    def log(self) -> Log:
        if self.engine == "sqlite":
            return SqliteLog(self.path)
        return ArchiveLog(self.path, read_only=True)


def place(engine: str, folder: Path, name: str = "copy") -> Place:
    return Place(engine, folder / {"sqlite": f"{name}.db", "parquet": name}.get(engine, f"{name}.{engine}"))


def copied(source: Source, target: Place, selection: Selection = ALL) -> Copied:
    """Copy as the command line does."""
    if target.engine == "parquet":
        return copy_to_archive(source, target.path, selection)
    if target.engine != "sqlite":
        return copy_to_lines(source, target.path, selection)
    log = SqliteLog(target.path)
    try:
        return copy_to_log(source, log, selection, presence_in(log))
    finally:
        log.close()


def records_of(source: Source) -> pl.DataFrame:
    """Return everything, in the order in which it is read."""
    return pl.concat([batch.frame for batch in source.batches({})] or [LogSource(MemoryLog()).settings()])


def kept_of(source: Source) -> list[tuple[object, ...]]:
    return records_of(source).select(KEPT).rows()


def digest_of(source: Source) -> str:
    return total(record_digests(records_of(source)))


def log_with(entries: Sequence[Entry]) -> MemoryLog:
    log = MemoryLog()
    log.append(entries)
    return log
