"""Copies of a log as JSON Lines, plain or .gz, with a manifest beside the file."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from untaken.errors import UntakenError
from untaken.replay.envelopes import NoEnvelope, Record, line_of, record_of
from untaken.streams.faults import point
from untaken.streams.logs.archive.digests import record_digests, total
from untaken.streams.logs.archive.disk import demand_whole, explained, locked, put, sync
from untaken.streams.logs.archive.errors import ArchiveDamaged, ArchiveNotContinued
from untaken.streams.logs.archive.manifest import Manifest, Segment, Selection, decoded, encoded
from untaken.streams.logs.archive.segments import counts_of, last_records, note_of
from untaken.streams.logs.archive.writer import demand_same_selection
from untaken.streams.logs.base import Batch, Position
from untaken.streams.logs.frames import SCHEMA

BATCH_LINES = 50_000
_GZIP = b"\x1f\x8b"
_GZIP_LEVEL = 4
"""Four times as fast as the usual 6, for a tenth more bytes."""


class LinesRefused(UntakenError):
    """A file of JSON Lines cannot be imported; nothing of it was."""


def manifest_path(file: Path) -> Path:
    """Where the manifest of a file of JSON Lines lies: beside it."""
    return file.with_name(f"{file.name}.manifest.json")


def manifest_of(file: Path) -> Manifest | None:
    path = manifest_path(file)
    return decoded(path.read_bytes(), path) if path.exists() else None


class LinesWriter:
    """The one writer of a file, for as long as it is open. What its manifest does not name is cut off."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    def add(self, records: pl.DataFrame, position: Position) -> None:
        """Append records in the order given, then note them and where the source goes on."""
        if records.is_empty():
            self._note(self.manifest.grown(None, {}, self.manifest.digest, {}, position))
            return
        text = b"".join(line_of(Record(*row)) + b"\n" for row in records.iter_rows())
        data = gzip.compress(text, _GZIP_LEVEL, mtime=0) if self.path.suffix == ".gz" else text
        self._write(data)
        point("lines.written")
        digests = record_digests(records)
        self._note(
            self.manifest.grown(
                Segment(files=(note_of(self.path.name, records, data),)),
                counts_of(records),
                total(digests, self.manifest.digest),
                last_records(records, digests),
                position,
            )
        )

    def _write(self, data: bytes) -> None:
        with explained(self.path), self.path.open("r+b") as file:
            file.truncate(self.manifest.bytes)
            try:
                file.seek(0, os.SEEK_END)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                os.truncate(self.path, self.manifest.bytes)
                raise

    def _note(self, manifest: Manifest) -> None:
        put(manifest_path(self.path), encoded(manifest))
        sync(self.path.parent)
        self.manifest = manifest


@contextmanager
def writer_of_lines(
    path: Path, source: str, selection: Selection, timeout_s: float = 10.0
) -> Iterator[LinesWriter]:
    """Open a file, new or of an earlier export of the same log, to write on."""
    path = path.expanduser().absolute()
    if not path.parent.is_dir():
        raise LinesRefused(f"{path}: there is no directory {path.parent}: make it, or correct the name")
    with locked(path, timeout_s):
        manifest = manifest_of(path)
        if manifest is None:
            if path.stat().st_size:
                raise ArchiveNotContinued(path, "has lines already and no manifest beside it")
            manifest = Manifest(source=source, selection=selection)
            put(manifest_path(path), encoded(manifest))
        demand_same_selection(path, manifest, selection)
        if path.stat().st_size < manifest.bytes:
            raise ArchiveDamaged(path, "it is shorter than its manifest says")
        yield LinesWriter(path, manifest)


class LinesSource:
    """A file of envelopes, one a line, as something to copy from."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = str(path)
        self.manifest = manifest_of(path)
        self._settings: pl.DataFrame | None = None

    def batches(self, after: Position) -> Iterator[Batch]:
        """Yield the records at or beyond a position; raises `LinesRefused` at the first line that is none."""
        position = dict(after)
        for rows in _chunked(self._records()):
            frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
            reached = frame.group_by("stream").agg(pl.col("offset").max() + 1)
            ahead = [
                (pl.col("stream") == stream) & (pl.col("offset") < offset) for stream, offset in after.items()
            ]
            rest = frame.filter(~pl.any_horizontal(ahead)) if ahead else frame
            position = {**position, **dict(reached.iter_rows())}
            yield Batch(rest, dict(position))

    def settings(self) -> pl.DataFrame:
        """Return the records of the topic `settings`."""
        if self._settings is None:
            rows = [record for record in self._records() if record.topic == "settings"]
            self._settings = pl.DataFrame(rows, schema=SCHEMA, orient="row")
        return self._settings

    def check(self) -> None:
        """Read the file to its end; raises at the first thing that is wrong with it."""
        self.settings()

    @property
    def records(self) -> int | None:
        """How many records there are, if that is known without reading them."""
        return None if self.manifest is None else self.manifest.events

    def _records(self) -> Iterator[Record]:
        number = 0
        try:
            for number, line in enumerate(self._lines(), start=1):
                text = line.strip()
                if text:
                    yield record_of(text, number)
        except NoEnvelope as wrong:
            raise LinesRefused(f"{self.path}, line {number}: {wrong}; nothing was imported") from None
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise LinesRefused(
                f"{self.path} is damaged after line {number} ({error}); fetch it anew, nothing was imported"
            ) from None

    def _lines(self) -> Iterator[bytes]:
        if self.manifest is None:
            with self.path.open("rb") as file:
                yield from _unpacked(file)
            return
        with self.path.open("rb") as file:
            for segment in self.manifest.segments:
                for note in segment.files:
                    yield from _unpacked(io.BytesIO(_part(self.path, file, note.bytes, note.sha256)))


def _part(path: Path, file: io.BufferedReader, size: int, sha256: str) -> bytes:
    """Return the next stretch of a file; raises unless it is the one that was written."""
    data = file.read(size)
    demand_whole(path, data, size, sha256)
    return data


def _unpacked(file: io.BufferedReader | io.BytesIO) -> Iterator[bytes]:
    packed = file.peek(2)[:2] if isinstance(file, io.BufferedReader) else file.getbuffer()[:2]
    yield from gzip.GzipFile(fileobj=file) if bytes(packed) == _GZIP else file


def _chunked(records: Iterable[Record]) -> Iterator[list[Record]]:
    chunk: list[Record] = []
    for record in records:
        chunk.append(record)
        if len(chunk) >= BATCH_LINES:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
