"""Small archives for tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from tests.streams.logs.builders import START_US, signal
from untaken.streams.logs.archive.folder import ArchiveFolder
from untaken.streams.logs.archive.log import ArchiveLog
from untaken.streams.logs.archive.manifest import Selection
from untaken.streams.logs.archive.writer import writer_of_copy
from untaken.streams.logs.frames import SCHEMA

DAY_US = 86_400_000_000

Row = dict[str, Any]


def row(
    offset: int, *, stream: str = "log", topic: str = "signals", after_us: int = 0, kind: str | None = None
) -> Row:
    """Build one record of a source log, `after_us` after the start."""
    return {
        "stream": stream,
        "offset": offset,
        "topic": topic,
        "type": kind or {"settings": "settings.changed"}.get(topic, "signal.emitted"),
        "appended_at": START_US + after_us,
        "backfill": False,
        "value": signal(offset, note=stream).value,
    }


def frame_of(rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA)


def copy_of(path: Path, *parts: Sequence[Row], source: str = "sqlite:////bot.db") -> ArchiveLog:
    """Make an archive that is a copy of a log, of one segment for each part."""
    with writer_of_copy(ArchiveFolder(path), source, Selection()) as writer:
        for part in parts:
            frame = frame_of(part)
            ends = frame.group_by("stream").agg(pl.col("offset").max() + 1)
            writer.add(frame, dict(ends.iter_rows()))
    return ArchiveLog(path, read_only=True)


def places(log: ArchiveLog, limit: int = 3) -> list[tuple[str, int]]:
    """Return the positions of all records in read order, read in small batches."""
    position, found = log.start(), list[tuple[str, int]]()
    while len(batch := log.read(position, limit)):
        found += batch.frame.select("stream", "offset").rows()
        position = batch.position
    assert position == log.end()
    return found


def files_of(path: Path) -> list[Path]:
    return sorted(path.glob("topic=*/date=*/*.parquet"))


def manifest_of(path: Path) -> dict[str, Any]:
    content = orjson.loads((path / "manifest.json").read_bytes())
    assert isinstance(content, dict)
    return content
