"""Files of the spool: JSON Lines that survive a crash in the middle of a write."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

import orjson

from untaken.errors import SchemaUnknown
from untaken.streams.client.receipts import Fate
from untaken.streams.logs.base import Entry, topic_of_entry
from untaken.streams.logs.errors import DerivedRefused

LIVE = ".jsonl"
BACKFILL = ".backfill.jsonl"


@dataclass(slots=True)
class Segment:
    """A file of events, one a line; `receipts` are those of its lines where this process wrote it."""

    path: Path
    size: int
    receipts: list[Fate] = field(default_factory=list)

    @property
    def owner(self) -> str:
        return self.path.name.partition(".")[0]

    def read(self) -> tuple[list[Entry], list[bytes]]:
        """Return the events, and whole lines that are none.

        A last line without its end was never acknowledged: its writer was killed or found the disk full. A
        file that somebody deleted holds nothing.
        """
        backfill = self.path.name.endswith(BACKFILL)
        entries: list[Entry] = []
        others: list[bytes] = []
        data = self.path.read_bytes() if self.path.exists() else b""
        for line in data.split(b"\n")[:-1]:
            entry = _entry(line, backfill=backfill)
            if entry is None:
                others.append(line)
            else:
                entries.append(entry)
        return entries, others


class SegmentWriter:
    """A segment that is being written; what `append` returns from is on disk."""

    def __init__(self, path: Path) -> None:
        self.segment = Segment(path, 0)
        self._file = FileIO(path, "x")
        _sync_directory(path.parent)

    def append(self, lines: Sequence[bytes], receipts: Sequence[Fate]) -> None:
        """Write the lines or nothing; raises OSError."""
        data = memoryview(b"".join(lines))
        try:
            while data:
                data = data[self._file.write(data) :]
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):
                self._file.truncate(self.segment.size)
            raise
        self.segment.size += sum(map(len, lines))
        self.segment.receipts += receipts

    def close(self) -> None:
        self._file.close()


def _entry(line: bytes, *, backfill: bool) -> Entry | None:
    try:
        event = orjson.loads(line)
        entry = Entry(event["type"], line, event.get("symbol"), backfill)
        topic_of_entry(entry)
    except (ValueError, TypeError, KeyError, AttributeError, SchemaUnknown, DerivedRefused):
        return None
    return entry


def _sync_directory(directory: Path) -> None:
    """Make a new name in a directory survive a loss of power."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
