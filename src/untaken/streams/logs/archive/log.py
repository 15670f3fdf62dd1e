"""The archive as a log: read in order and in bounded memory, appended where it is nobody's copy."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock

import polars as pl

from untaken.streams.logs.archive.disk import fetched
from untaken.streams.logs.archive.folder import ArchiveFolder
from untaken.streams.logs.archive.manifest import FileNote, Manifest, Segment
from untaken.streams.logs.archive.segments import SEGMENT_BYTES, read_file, read_segment
from untaken.streams.logs.archive.writer import writer_of_events
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
from untaken.streams.logs.errors import LogClosed, LogError, LogReadOnly
from untaken.streams.logs.frames import SCHEMA

_POLL_S = 0.05


class ArchiveLog:
    """A log in a directory of Parquet files.

    A copy of another log shows that log's streams and offsets, and takes no events of its own. An archive that
    is nobody's copy can be appended to: each append is a segment of its own, durable when it returns, and
    costs so much that bots should emit into another log.
    """

    def __init__(
        self,
        path: Path,
        *,
        create: bool = True,
        read_only: bool = False,
        timeout_s: float = 10.0,
        clock: Clock = system_clock,
    ) -> None:
        self._folder = ArchiveFolder(path, create=create and not read_only)
        self._read_only = read_only
        self._timeout_s = timeout_s
        self._clock = clock
        self._appending = Lock()
        self._closed = False
        self._held: tuple[Segment, pl.DataFrame] | None = None

    @property
    def path(self) -> Path:
        return self._folder.path

    @property
    def url(self) -> str:
        return f"parquet:///{self.path}"

    @property
    def manifest(self) -> Manifest:
        """What is in the archive now."""
        self._demand_open()
        return self._folder.manifest() or Manifest(source=None)

    def append(self, entries: Sequence[Entry]) -> list[int]:
        self._demand_open()
        if self._read_only:
            raise LogReadOnly(self.path)
        if not entries:
            return []
        topics = [topic_of_entry(entry) for entry in entries]
        with self._appending, writer_of_events(self._folder, self._timeout_s) as writer:
            first = writer.manifest.ends.get(STREAM, FIRST)
            offsets = list(range(first, first + len(entries)))
            writer.add(_frame(entries, topics, offsets, self._clock()), {STREAM: offsets[-1] + 1})
        return offsets

    def read(self, after: Position, limit: int) -> Batch:
        manifest = self.manifest
        position = _starts(manifest) | after
        parts = [pl.DataFrame(schema=SCHEMA)]
        rows = held = 0
        for segment in manifest.segments:
            if segment.reaches(position):
                part = _beyond(self._records(segment), position).head(limit - rows)
                parts.append(part)
                rows += part.height
                held += int(part["value"].bin.size().sum())
            if rows >= limit or held >= SEGMENT_BYTES:
                break
        return _batch(pl.concat(parts), position)

    def start(self) -> Position:
        return _starts(self.manifest)

    def end(self) -> Position:
        manifest = self.manifest
        return _starts(manifest) | manifest.ends

    def wait(self, position: Position, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while not self._goes_beyond(position):
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            time.sleep(min(_POLL_S, left_s))
        return True

    def counts(self) -> list[Count]:
        return self.manifest.tallied()

    def settings_records(self) -> Batch:
        manifest = self.manifest
        parts = [read_segment(self.path, segment, "settings") for segment in manifest.segments]
        return _batch(pl.concat([pl.DataFrame(schema=SCHEMA), *parts]), _starts(manifest))

    def check(self) -> list[str]:
        """Read every file against its digest; return what is wrong, one sentence each."""
        problems = []
        for note in self._notes():
            try:
                read_file(self.path, note)
            except LogError as error:
                problems.append(str(error))
        return problems

    def demand_whole(self) -> None:
        """Raise at the first file that is not the one that was written."""
        for note in self._notes():
            fetched(self.path / note.path, note.bytes, note.sha256)

    def close(self) -> None:
        self._closed = True
        self._held = None

    def _notes(self) -> Iterator[FileNote]:
        return (note for segment in self.manifest.segments for note in segment.files)

    def _goes_beyond(self, position: Position) -> bool:
        starts = self.start()
        return any(end > position.get(stream, starts[stream]) for stream, end in self.end().items())

    def _records(self, segment: Segment) -> pl.DataFrame:
        """Return the records of a segment; the last one is kept, since batches are smaller."""
        held = self._held
        if held is not None and held[0] is segment:
            return held[1]
        self._held = None
        records = read_segment(self.path, segment)
        self._held = (segment, records)
        return records

    def _demand_open(self) -> None:
        if self._closed:
            raise LogClosed(self.url)


def _starts(manifest: Manifest) -> Position:
    return manifest.starts if manifest.source is not None else {STREAM: FIRST}


def _beyond(records: pl.DataFrame, position: Position) -> pl.DataFrame:
    """Return the records at or beyond a position."""
    streams = records["stream"].unique().to_list()
    wanted = pl.lit(False)
    for stream in streams:
        wanted = wanted | ((pl.col("stream") == stream) & (pl.col("offset") >= position.get(stream, 0)))
    return records.filter(wanted)


def _batch(records: pl.DataFrame, position: Position) -> Batch:
    reached = records.group_by("stream").agg(pl.col("offset").max() + 1)
    return Batch(records, position | dict(reached.iter_rows()))


def _frame(entries: Sequence[Entry], topics: Sequence[str], offsets: Sequence[int], now: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "stream": [STREAM] * len(entries),
            "offset": offsets,
            "topic": topics,
            "type": [entry.type for entry in entries],
            "appended_at": [now if entry.appended_at is None else entry.appended_at for entry in entries],
            "backfill": [entry.backfill for entry in entries],
            "value": [entry.value for entry in entries],
        },
        schema=SCHEMA,
    )
