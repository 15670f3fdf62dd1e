"""The manifest: what belongs to a copy of a log, with counts, digests, and how far the copy has come.

It is replaced as a whole and last of all, so that it never names what is not there yet. A copy as JSON Lines
has one too; its parts are stretches of the one file.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from untaken.streams.logs.archive.digests import EMPTY
from untaken.streams.logs.archive.errors import ArchiveDamaged
from untaken.streams.logs.base import Count, Position
from untaken.streams.logs.errors import LogNewer, NotALog

NAME = "manifest.json"
FORMAT = "untaken-archive"
VERSION: Final = 1

_DIGEST_KEY = "sha256"

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Offsets = dict[str, tuple[int, int]]
"""First and last offset, by stream of the source."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Selection(_Part):
    """Which records of a log were asked for; None is all."""

    topics: tuple[str, ...] | None = None
    since: int | None = Field(default=None, description="From this appended_at on, microseconds.")
    until: int | None = Field(default=None, description="Before this appended_at, microseconds.")


class FileNote(_Part):
    """One file, or one stretch of a file of JSON Lines."""

    path: Annotated[str, Field(pattern=r"^[^/\\]+(/[^/\\]+)*$")]
    topic: str | None = Field(default=None, description="None where the file holds several.")
    events: Annotated[int, Field(ge=1)]
    bytes: Annotated[int, Field(ge=1)]
    sha256: Digest
    offsets: Offsets
    appended_at: tuple[int, int] = Field(description="Earliest and latest, microseconds.")


class Segment(_Part):
    """What was added at once, in one file or several."""

    files: tuple[FileNote, ...]

    @cached_property
    def last_offsets(self) -> dict[str, int]:
        """Last offset by stream."""
        ends: dict[str, int] = {}
        for file in self.files:
            for stream, (_, last) in file.offsets.items():
                ends[stream] = max(last, ends.get(stream, last))
        return ends

    @cached_property
    def first_offsets(self) -> dict[str, int]:
        """First offset by stream."""
        starts: dict[str, int] = {}
        for file in self.files:
            for stream, (first, _) in file.offsets.items():
                starts[stream] = min(first, starts.get(stream, first))
        return starts

    def reaches(self, position: Position) -> bool:
        """Whether something in it lies at or beyond a position."""
        return any(last >= position.get(stream, last) for stream, last in self.last_offsets.items())


class Last(_Part):
    """The record that was copied last of a stream; the source must still have it where the copy goes on."""

    offset: int
    digest: Digest


class CountNote(_Part):
    """How many records of one kind there are."""

    topic: str
    type: str
    backfill: bool
    events: int


class Manifest(_Part):
    """Everything that a reader must know of a copy of a log."""

    source: str | None = Field(description="The log that is copied; None for an archive with its own events.")
    selection: Selection = Selection()
    position: dict[str, int] = Field(default={}, description="Where the copy goes on in its source.")
    last: dict[str, Last] = {}
    counts: tuple[CountNote, ...] = ()
    digest: Digest = EMPTY
    segments: tuple[Segment, ...] = ()

    @property
    def events(self) -> int:
        """How many records there are."""
        return sum(count.events for count in self.counts)

    @property
    def bytes(self) -> int:
        """How many bytes its files have."""
        return sum(file.bytes for segment in self.segments for file in segment.files)

    @property
    def files(self) -> int:
        return sum(len(segment.files) for segment in self.segments)

    @property
    def starts(self) -> Position:
        """First offset, by stream."""
        starts: Position = {}
        for segment in self.segments:
            starts = segment.first_offsets | starts
        return starts

    @property
    def ends(self) -> Position:
        """Offset after the last one, by stream."""
        return {stream: last.offset + 1 for stream, last in self.last.items()}

    def tallied(self) -> list[Count]:
        return [Count(each.topic, each.type, each.backfill, each.events) for each in self.counts]

    def grown(
        self,
        segment: Segment | None,
        counts: Mapping[tuple[str, str, bool], int],
        digest: str,
        last: Mapping[str, Last],
        position: Position,
    ) -> "Manifest":
        """Return the manifest of the copy with a segment more, `counts` being those of the segment."""
        return self.model_copy(
            update={
                "segments": self.segments if segment is None else (*self.segments, segment),
                "counts": _added(self.counts, counts),
                "digest": digest,
                "last": {**self.last, **last},
                "position": {**self.position, **position},
            }
        )


def _added(counts: Sequence[CountNote], more: Mapping[tuple[str, str, bool], int]) -> tuple[CountNote, ...]:
    known = {(count.topic, count.type, count.backfill): count.events for count in counts}
    kinds = sorted({*known, *more})
    return tuple(
        CountNote(topic=topic, type=name, backfill=backfill, events=known.get(kind, 0) + more.get(kind, 0))
        for kind in kinds
        for topic, name, backfill in [kind]
    )


def encoded(manifest: Manifest) -> bytes:
    """Return a manifest as JSON that carries its own digest."""
    content = {"format": FORMAT, "version": VERSION, **manifest.model_dump(mode="json")}
    return _dumped({_DIGEST_KEY: _digest(content), **content}) + b"\n"


def decoded(data: bytes, path: Path) -> Manifest:
    """Return the manifest that a file holds; raises a `LogError` that says what is wrong with it."""
    content = _object(data, path)
    if content.pop("format", None) != FORMAT:
        raise NotALog(path, "a JSON file of another program")
    version = content.pop("version", None)
    if not isinstance(version, int):
        raise ArchiveDamaged(path, "it names no version")
    if version > VERSION:
        raise LogNewer(path, version, VERSION)
    digest = content.pop(_DIGEST_KEY, None)
    if digest != _digest({"format": FORMAT, "version": version, **content}):
        raise ArchiveDamaged(path, "its digest is not the one it carries")
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise ArchiveDamaged(path, f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}") from None


def _object(data: bytes, path: Path) -> dict[str, Any]:
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise ArchiveDamaged(path, "it is not JSON to its end") from None
    if not isinstance(content, dict):
        raise NotALog(path, "a JSON file of another program")
    return content


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_dumped(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _dumped(content: Mapping[str, Any], option: int = orjson.OPT_INDENT_2) -> bytes:
    return orjson.dumps(content, option=option)
