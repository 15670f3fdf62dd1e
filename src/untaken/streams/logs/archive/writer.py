"""Adding to an archive: files first, the manifest last."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from untaken.schemas.times import from_us, rfc3339
from untaken.streams.logs.archive.digests import record_digests, total
from untaken.streams.logs.archive.errors import ArchiveIsACopy, ArchiveNotContinued
from untaken.streams.logs.archive.folder import ArchiveFolder
from untaken.streams.logs.archive.manifest import Manifest, Selection
from untaken.streams.logs.archive.segments import counts_of, last_records, offsets_of, ordered, write_segment
from untaken.streams.logs.base import Position


class ArchiveWriter:
    """The one writer of an archive, for as long as it is open."""

    def __init__(self, folder: ArchiveFolder, manifest: Manifest) -> None:
        self._folder = folder
        self.manifest = manifest

    def add(self, records: pl.DataFrame, position: Position) -> None:
        """Add records, of each stream those that follow the last ones, and note where the source goes on."""
        if records.is_empty():
            self._note(self.manifest.grown(None, {}, self.manifest.digest, {}, position))
            return
        self._demand_onward(records)
        inside = ordered(records)
        digests = record_digests(inside)
        segment = write_segment(self._folder.path, len(self.manifest.segments) + 1, inside)
        self._note(
            self.manifest.grown(
                segment,
                counts_of(inside),
                total(digests, self.manifest.digest),
                last_records(inside, digests),
                position,
            )
        )

    def _note(self, manifest: Manifest) -> None:
        self._folder.replace(manifest)
        self.manifest = manifest

    def _demand_onward(self, records: pl.DataFrame) -> None:
        if records.select("stream", "offset").is_duplicated().any():
            raise ArchiveNotContinued(
                self._folder.path, "would get two records of one place, as if two logs were mixed"
            )
        for stream, (first, _) in offsets_of(records).items():
            last = self.manifest.last.get(stream)
            if last is not None and first <= last.offset:
                raise ArchiveNotContinued(
                    self._folder.path, f"has {stream} up to {last.offset}, and {first} was to follow"
                )


@contextmanager
def writer_of_copy(
    folder: ArchiveFolder, source: str, selection: Selection, timeout_s: float = 10.0
) -> Iterator[ArchiveWriter]:
    """Open an archive to add to the copy of a log that it is, or is to be."""
    with folder.writing(timeout_s):
        manifest = folder.manifest() or Manifest(source=source, selection=selection)
        if manifest.source is None:
            raise ArchiveNotContinued(folder.path, "is an archive with events of its own, not a copy")
        demand_same_selection(folder.path, manifest, selection)
        folder.clear_leftovers()
        if folder.manifest() is None:
            folder.replace(manifest)
        yield ArchiveWriter(folder, manifest)


@contextmanager
def writer_of_events(folder: ArchiveFolder, timeout_s: float) -> Iterator[ArchiveWriter]:
    """Open an archive to append events of its own."""
    with folder.writing(timeout_s):
        manifest = folder.manifest() or Manifest(source=None)
        if manifest.source is not None:
            raise ArchiveIsACopy(folder.path, manifest.source)
        folder.clear_leftovers()
        yield ArchiveWriter(folder, manifest)


def demand_same_selection(path: Path, manifest: Manifest, selection: Selection) -> None:
    """Raise if a copy was made with another selection: what that left out is behind its position."""
    if manifest.selection != selection:
        raise ArchiveNotContinued(
            path, f"was made with {described(manifest.selection)}, not with {described(selection)}"
        )


def described(selection: Selection) -> str:
    """Return a selection in the words of the command line."""
    parts = [f"--topics {','.join(selection.topics)}"] if selection.topics is not None else []
    for name in ("since", "until"):
        moment = getattr(selection, name)
        if moment is not None:
            parts.append(f"--{name} {rfc3339(from_us(moment))}")
    return " ".join(parts) or "everything"
