"""What an import took, what it refused and what it could not see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from untaken.errors import UntakenError
from untaken.schemas.times import from_us, rfc3339
from untaken.streams.logs.base import Entry

MAX_EXAMPLES = 3


class ImportRefused(UntakenError):
    """The file is not what the connector reads; nothing of it was taken."""


@dataclass(frozen=True)
class Refusal:
    """Rows left out for one reason, with the first few of them as they stood in the file."""

    reason: str
    count: int
    examples: tuple[str, ...] = ()

    def sentence(self) -> str:
        shown = f" (first: {'; '.join(self.examples)})" if self.examples else ""
        return f"{self.count:,} refused: {self.reason}{shown}"


@dataclass
class SourceReport:
    """One file, or one run within a file."""

    path: str
    name: str
    digest: str
    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    since_us: int | None = None
    until_us: int | None = None
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    """What the kind of source knows besides: symbols and intervals of candles, fees and bots of results."""

    @property
    def refused(self) -> int:
        return sum(refusal.count for refusal in self.refusals)

    def add(self, type_name: str, count: int, since_us: int, until_us: int) -> None:
        """Count events of a type and widen the period that the source covers."""
        self.counts[type_name] = self.counts.get(type_name, 0) + count
        self.since_us = since_us if self.since_us is None else min(self.since_us, since_us)
        self.until_us = until_us if self.until_us is None else max(self.until_us, until_us)

    def lines(self) -> Iterator[str]:
        """Say in plain sentences what became of the source."""
        taken = ", ".join(f"{count:,} {name}" for name, count in sorted(self.counts.items())) or "nothing"
        yield f"{self.path}: {taken}{self._period()}, as {self.name}"
        yield from (f"  {refusal.sentence()}" for refusal in self.refusals)
        yield from (f"  {note}" for note in self.notes)

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "name": self.name,
            "digest": self.digest,
            "rows": self.rows,
            "counts": dict(sorted(self.counts.items())),
            "since": _stamp(self.since_us),
            "until": _stamp(self.until_us),
            "refused": [
                {"reason": refusal.reason, "count": refusal.count, "examples": list(refusal.examples)}
                for refusal in self.refusals
            ],
            "notes": self.notes,
            **self.figures,
        }

    def _period(self) -> str:
        if self.since_us is None or self.until_us is None:
            return ""
        return f" from {from_us(self.since_us):%Y-%m-%d %H:%M} to {from_us(self.until_us):%Y-%m-%d %H:%M} UTC"


@dataclass
class ImportReport:
    """All sources of one import; it grows while the import is read."""

    sources: list[SourceReport] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    up_to_date: bool = False
    """Nothing was taken, for an earlier import had taken all."""

    @property
    def counts(self) -> dict[str, int]:
        """Events by type, over all sources."""
        names = sorted({name for source in self.sources for name in source.counts})
        return {name: sum(source.counts.get(name, 0) for source in self.sources) for name in names}

    @property
    def refused(self) -> int:
        return sum(source.refused for source in self.sources)

    def lines(self) -> list[str]:
        return [*(line for source in self.sources for line in source.lines()), *self.notes]

    def as_json(self) -> dict[str, Any]:
        return {
            "counts": self.counts,
            "refused": self.refused,
            "notes": self.notes,
            "sources": [source.as_json() for source in self.sources],
        }


@dataclass
class Import:
    """Batches of entries for a log, and the report that is complete once they have all been read."""

    batches: Iterator[list[Entry]]
    report: ImportReport

    def __iter__(self) -> Iterator[list[Entry]]:
        return self.batches


def several(count: int, thing: str) -> str:
    """Return a number of things in words: 1 trade, 2 trades."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _stamp(microseconds: int | None) -> str | None:
    return None if microseconds is None else rfc3339(from_us(microseconds))
