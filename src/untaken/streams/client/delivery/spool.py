"""The spool: a directory of events that the log could not take yet.

Every emitter writes segments of its own, `<owner>.<number>.jsonl`, one event a line as `untaken emit` reads
them, and holds a lock on `<owner>.lock` meanwhile. Segments whose lock is free were left behind by a process
that has ended; whoever starts next adopts them. A segment is deleted once the log has acknowledged it; a
crash in between delivers it twice, which the ids make harmless.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path

from untaken.streams.client.delivery.segments import BACKFILL, LIVE, Segment, SegmentWriter
from untaken.streams.client.receipts import Fate
from untaken.streams.logs.base import Entry

SEGMENT_BYTES = 1 << 20
"""A new segment is begun beyond this, so that a crash delivers no more than this twice."""


class Spool:
    """The segments of one emitter, and those that it has adopted, in order."""

    def __init__(self, directory: Path, owner: str, max_bytes: int, *, backfill: bool = False) -> None:
        self.directory = directory
        self._owner = owner
        self._max_bytes = max_bytes
        self._suffix = BACKFILL if backfill else LIVE
        self._segments: list[Segment] = []
        self._locks: dict[str, FileIO] = {}
        self._writer: SegmentWriter | None = None
        self._begun = 0

    def __bool__(self) -> bool:
        return bool(self._segments)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(segment.size for segment in self._segments)

    def adopt(self) -> None:
        """Take over what ended processes have left behind, before everything of one's own."""
        if not self.directory.is_dir():
            return
        files = [path for path in self.directory.iterdir() if path.suffix in {".jsonl", ".lock"}]
        adopted: list[Segment] = []
        for owner in sorted({path.name.partition(".")[0] for path in files} - self._locks.keys()):
            if self._lock(owner):
                found = sorted(self.directory.glob(f"{owner}.*jsonl"))
                adopted += [Segment(path, path.stat().st_size) for path in found]
                self._unlock_if_done(owner, adopted)
        self._segments[:0] = adopted

    def write(self, entries: Sequence[Entry], receipts: Sequence[Fate]) -> int:
        """Write as many of the entries as there is room for and return how many; raises OSError."""
        room = self._max_bytes - self.size
        lines: list[bytes] = []
        for entry in entries:
            room -= len(entry.value) + 1
            if room < 0:
                break
            lines.append(entry.value + b"\n")
        if lines:
            self._append(lines, receipts[: len(lines)])
        return len(lines)

    def segments(self) -> Iterator[Segment]:
        """Yield what is there, oldest first; the one being written is ended when it is reached."""
        for segment in list(self._segments):
            if self._writer is not None and segment is self._writer.segment:
                self._end_segment()
            yield segment

    def remove(self, segment: Segment) -> None:
        """Delete a segment that the log has acknowledged."""
        segment.path.unlink(missing_ok=True)
        self._segments.remove(segment)
        self._unlock_if_done(segment.owner, self._segments)

    def set_aside(self, lines: Sequence[bytes], name: str = "unreadable") -> Path:
        """Keep lines that cannot be delivered where a person can look at them."""
        self.directory.mkdir(exist_ok=True)
        kept = self.directory / name
        with kept.open("ab") as file:
            file.writelines(line + b"\n" for line in lines)
        return kept

    def close(self) -> None:
        """Leave what has not been delivered to whoever comes next."""
        self.abandon()
        with suppress(OSError):
            self.directory.rmdir()  # only if it is empty

    def abandon(self) -> None:
        """Let go of all files as they are; in a forked child they are the parent's, which keeps its locks."""
        self._end_segment()
        for lock in self._locks.values():
            lock.close()
        self._locks.clear()
        self._segments.clear()

    def _append(self, lines: Sequence[bytes], receipts: Sequence[Fate]) -> None:
        begun = self._writer or self._begin_segment()
        try:
            begun.append(lines, receipts)
        except OSError:
            self._end_segment()
            if not begun.segment.size:
                begun.segment.path.unlink(missing_ok=True)
            raise
        if begun.segment not in self._segments[-1:]:
            self._segments.append(begun.segment)
        if begun.segment.size >= SEGMENT_BYTES:
            self._end_segment()

    def _begin_segment(self) -> SegmentWriter:
        self.directory.mkdir(exist_ok=True)
        if self._owner not in self._locks and not self._lock(self._owner):
            self._owner += "-"  # an adopter looks at a lock file that was made a moment ago
            return self._begin_segment()
        self._begun += 1
        self._writer = SegmentWriter(self.directory / f"{self._owner}.{self._begun:06}{self._suffix}")
        return self._writer

    def _end_segment(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _lock(self, owner: str) -> bool:
        lock = FileIO(self.directory / f"{owner}.lock", "a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        self._locks[owner] = lock
        return True

    def _unlock_if_done(self, owner: str, segments: Sequence[Segment]) -> None:
        if all(segment.owner != owner for segment in segments):
            (self.directory / f"{owner}.lock").unlink(missing_ok=True)
            self._locks.pop(owner).close()
