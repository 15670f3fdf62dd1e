"""Copies of logs: between all engines, archives and JSON Lines, to be gone on with wherever they stopped.

A copy keeps every record's bytes, appended_at, backfill mark and topic. Archives and files keep the place that a
record has in its source as well, and note how far they have come. A log is its own note: what it holds is not
added again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from untaken.replay.entries import entries_of, is_kept_elsewhere
from untaken.replay.lines import writer_of_lines
from untaken.replay.presence import Presence
from untaken.replay.sources import LogSource, Source, gathered, selected
from untaken.streams.faults import point
from untaken.streams.logs.archive.digests import EMPTY, record_digests, text_of, total
from untaken.streams.logs.archive.errors import ArchiveNotContinued
from untaken.streams.logs.archive.folder import ArchiveFolder
from untaken.streams.logs.archive.manifest import Manifest, Selection
from untaken.streams.logs.archive.segments import counts_of
from untaken.streams.logs.archive.writer import writer_of_copy
from untaken.streams.logs.base import Batch, Count, Log, Position

APPEND_RECORDS = 20_000
SETTINGS_CHANGED = "settings.changed"

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Copied:
    """What a copy came to."""

    added: int
    there: int
    """Records that the target had before."""
    aside: int
    """Records that were left out: copies for other partitions, settings that the target is to keep."""
    counts: list[Count]
    digest: str
    """Of all records that are in the target now because of this source."""
    files: int | None = None
    bytes: int | None = None


class Writer(Protocol):
    """Something that adds records and keeps a manifest of them."""

    manifest: Manifest

    def add(self, records: pl.DataFrame, position: Position) -> None: ...


def copy_to_archive(
    source: Source, folder: Path, selection: Selection, progress: Progress = lambda _: None
) -> Copied:
    """Make or continue the archive in a directory."""
    archive = ArchiveFolder(folder)
    with writer_of_copy(archive, source.url, selection) as writer:
        return _continued(source, writer, archive.path, progress)


def copy_to_lines(
    source: Source, file: Path, selection: Selection, progress: Progress = lambda _: None
) -> Copied:
    """Make or continue a file of JSON Lines, gzipped if its name ends in .gz."""
    with writer_of_lines(file, source.url, selection) as writer:
        return _continued(source, writer, writer.path, progress)


def copy_to_log(
    source: Source,
    log: Log,
    selection: Selection,
    presence: Presence,
    *,
    keep_settings: bool = False,
    progress: Progress = lambda _: None,
) -> Copied:
    """Append to a log what it lacks, in the order of the source. `presence` tells what it has."""
    added = there = aside = 0
    digest, counts = EMPTY, dict[tuple[str, str, bool], int]()
    for batch in source.batches({}):
        for records in selected(batch.frame, selection).iter_slices(APPEND_RECORDS):
            wanted = _for_a_log(records, keep_settings=keep_settings)
            digests = record_digests(wanted)
            missing = wanted.filter(pl.Series(presence.missing(digests)))
            if not missing.is_empty():
                log.append(entries_of(missing))
                point("import.appended")
            added += missing.height
            there += wanted.height - missing.height
            aside += records.height - wanted.height
            digest = total(digests, digest)
            for kind, events in counts_of(wanted).items():
                counts[kind] = counts.get(kind, 0) + events
        progress(len(batch))
    return Copied(added, there, aside, [Count(*kind, n) for kind, n in sorted(counts.items())], digest)


def presence_in(log: Log, progress: Progress = lambda _: None) -> Presence:
    """Read what a log holds."""

    def parts() -> Iterator[Batch]:
        for batch in LogSource(log).batches({}):
            progress(len(batch))
            yield batch

    return Presence([record_digests(_for_a_log(batch.frame, keep_settings=False)) for batch in parts()])


def _for_a_log(records: pl.DataFrame, *, keep_settings: bool) -> pl.DataFrame:
    wanted = records.filter(~is_kept_elsewhere(records))
    return wanted.filter(pl.col("type") != SETTINGS_CHANGED) if keep_settings else wanted


def _continued(source: Source, writer: Writer, place: Path, progress: Progress) -> Copied:
    continuation = Continuation(writer.manifest, place, source.url)
    before = writer.manifest.events

    def wanted() -> Iterator[Batch]:
        for batch in source.batches(continuation.after):
            progress(len(batch))
            yield Batch(selected(continuation.rest(batch.frame), writer.manifest.selection), batch.position)

    for batch in gathered(wanted()):
        if len(batch) or writer.manifest.position != {**writer.manifest.position, **batch.position}:
            writer.add(batch.frame, batch.position)
            point("export.added")
    continuation.demand_met()
    manifest = writer.manifest
    return Copied(
        manifest.events - before,
        before,
        0,
        manifest.tallied(),
        manifest.digest,
        manifest.files,
        manifest.bytes,
    )


class Continuation:
    """Lets through what a copy lacks; refuses a source that is not the one it was made from."""

    def __init__(self, manifest: Manifest, place: Path, source: str) -> None:
        self._position = dict(manifest.position)
        self._unmet = dict(manifest.last)
        self._place = place
        self._source = source
        self.after: Position = self._position | {
            stream: last.offset for stream, last in manifest.last.items()
        }

    def rest(self, records: pl.DataFrame) -> pl.DataFrame:
        """Return the records that the copy has not seen; the last ones it has are read again and compared."""
        for stream in [stream for stream in records["stream"].unique() if stream in self._unmet]:
            self._demand_same(stream, records.filter(stream=stream).head(1))
        positions = self._position
        seen = [
            (pl.col("stream") == stream) & (pl.col("offset") < offset) for stream, offset in positions.items()
        ]
        return records.filter(~pl.any_horizontal(seen)) if seen else records

    def demand_met(self) -> None:
        """Raise if the source has not shown the records that were copied last."""
        for stream, last in self._unmet.items():
            raise self._refusal(stream, last.offset, "it has no such record now")

    def _demand_same(self, stream: str, first: pl.DataFrame) -> None:
        last = self._unmet.pop(stream)
        if first["offset"][0] != last.offset:
            raise self._refusal(stream, last.offset, f"it goes on with {first['offset'][0]} now")
        if text_of(record_digests(first)[0]) != last.digest:
            raise self._refusal(stream, last.offset, "it has another record there now")

    def _refusal(self, stream: str, offset: int, found: str) -> ArchiveNotContinued:
        return ArchiveNotContinued(
            self._place,
            f"was copied up to record {offset} of {stream}, and {self._source} is another log: {found}",
        )
