"""Segments: records added at once, as one Parquet file for each topic and UTC date of appended_at among them."""

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import polars as pl

from untaken.streams.faults import point
from untaken.streams.logs.archive.digests import Digests, text_of
from untaken.streams.logs.archive.disk import explained, fetched, put, sync
from untaken.streams.logs.archive.errors import ArchiveDamaged
from untaken.streams.logs.archive.manifest import FileNote, Last, Offsets, Segment
from untaken.streams.logs.frames import SCHEMA

SEGMENT_RECORDS = 200_000
SEGMENT_BYTES = 64 << 20
"""A segment is read as a whole: these bound the memory that it takes."""

_DATE = "__date"


def ordered(records: pl.DataFrame) -> pl.DataFrame:
    """Sort records into the order in which an archive is read.

    Within a stream by offset, as its log had them; between streams by arrival (the latest appended_at that a
    stream has shown so far, since clocks may run backwards), then by name.
    """
    if records["stream"].n_unique() <= 1:
        return records.sort("offset")
    by_stream = records.sort("stream", "offset")
    arrived = pl.col("appended_at").cum_max().over("stream")
    return by_stream.with_columns(__arrived=arrived).sort("__arrived", "stream", "offset").drop("__arrived")


def write_segment(root: Path, number: int, records: pl.DataFrame) -> Segment:
    """Write the files of a segment so that they last; they belong to the archive once its manifest names them."""
    dated = ordered(records).with_columns(
        pl.from_epoch("appended_at", time_unit="us").dt.strftime("%Y-%m-%d").alias(_DATE)
    )
    notes = []
    for key, part in sorted(
        dated.partition_by("topic", _DATE, as_dict=True, maintain_order=True).items(),
        key=lambda item: item[0],
    ):
        topic, date = str(key[0]), str(key[1])
        name = f"topic={quote(topic, safe='')}/date={date}/{number:06d}.parquet"
        notes.append(_write(root, name, topic, part.drop(_DATE)))
        point("archive.file-written")
    for folder in sorted({(root / note.path).parent for note in notes}):
        sync(folder)
        sync(folder.parent)
    sync(root)
    return Segment(files=tuple(notes))


def _write(root: Path, name: str, topic: str, records: pl.DataFrame) -> FileNote:
    buffer = io.BytesIO()
    records.rechunk().write_parquet(buffer, compression="zstd")
    path = root / name
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    put(path, data := buffer.getvalue())
    return note_of(name, records, data, topic)


def note_of(name: str, records: pl.DataFrame, data: bytes, topic: str | None = None) -> FileNote:
    """Describe records that were written as these bytes."""
    arrived = records["appended_at"]
    return FileNote(
        path=name,
        topic=topic,
        events=records.height,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        offsets=offsets_of(records),
        appended_at=(_number(arrived.min()), _number(arrived.max())),
    )


def read_file(root: Path, note: FileNote) -> pl.DataFrame:
    """Return the records of a file; raises unless it is the one that was written."""
    path = root / note.path
    data = fetched(path, note.bytes, note.sha256)
    records = pl.read_parquet(io.BytesIO(data))
    if dict(records.schema) != SCHEMA or records.height != note.events:
        raise ArchiveDamaged(path, "it does not hold what the manifest says")
    return records


def read_segment(root: Path, segment: Segment, topic: str | None = None) -> pl.DataFrame:
    """Return the records of a segment in read order, all or those of one topic."""
    files = [note for note in segment.files if topic is None or note.topic == topic]
    empty = pl.DataFrame(schema=SCHEMA)
    return ordered(pl.concat([empty, *(read_file(root, note) for note in files)]))


def offsets_of(records: pl.DataFrame) -> Offsets:
    """Return first and last offset by stream."""
    rows = records.group_by("stream").agg(
        pl.col("offset").min().alias("first"), pl.col("offset").max().alias("last")
    )
    return {stream: (first, last) for stream, first, last in rows.sort("stream").iter_rows()}


def last_records(records: pl.DataFrame, digests: Digests) -> dict[str, Last]:
    """Return the last record of each stream, the records being in the order of their offsets."""
    places = records.with_row_index("place").group_by("stream").agg(pl.col("offset", "place").last())
    return {
        stream: Last(offset=offset, digest=text_of(digests[place]))
        for stream, offset, place in places.sort("stream").iter_rows()
    }


def counts_of(records: pl.DataFrame) -> Mapping[tuple[str, str, bool], int]:
    """Count records by topic, type and backfill."""
    rows = records.group_by("topic", "type", "backfill").len().iter_rows()
    return {(topic, name, backfill): events for topic, name, backfill, events in rows}


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value
