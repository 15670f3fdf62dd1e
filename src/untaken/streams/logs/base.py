"""The interface of a log: entries in, batches and positions out."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from untaken.schemas.registry import DERIVED, topic_of
from untaken.streams.logs.errors import DerivedRefused

if TYPE_CHECKING:
    import polars as pl

Position: TypeAlias = dict[str, int]
"""Next offset to read, by stream; a stream left out is read from its beginning."""

STREAM = "log"
"""Name of the one stream of the memory and SQLite engines."""

FIRST = 1
"""Offset of their first event."""

Clock: TypeAlias = Callable[[], int]
"""Microseconds since the epoch, UTC."""


def system_clock() -> int:
    return time.time_ns() // 1000


class Entry(NamedTuple):
    """One event on its way into a log.

    `value` is the encoded event. `appended_at` (microseconds) and `topic` are only given by imports: the
    moment at which another log accepted the event, and the topic of a type that this version does not know.
    `traceparent` is passed on by logs that have a place for it (Kafka's headers).
    """

    type: str
    value: bytes
    symbol: str | None
    backfill: bool = False
    appended_at: int | None = None
    topic: str | None = None
    traceparent: str | None = None


def topic_of_entry(entry: Entry) -> str:
    """Return where an entry is filed; raise SchemaUnknown or DerivedRefused where nowhere."""
    if entry.type in DERIVED:
        raise DerivedRefused(entry.type)
    return entry.topic or topic_of(entry.type)


class Count(NamedTuple):
    """How many events of one kind a log holds."""

    topic: str
    type: str
    backfill: bool
    events: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in read order, and where to go on.

    `frame`: stream String, offset Int64, topic String (bare), type String, appended_at Int64
    (microseconds), backfill Boolean, value Binary.
    """

    frame: "pl.DataFrame"
    position: Position

    def __len__(self) -> int:
        return self.frame.height


class Log(Protocol):
    """Events in the order in which they were accepted."""

    @property
    def url(self) -> str: ...

    def append(self, entries: Sequence[Entry]) -> list[int]:
        """Append all entries or none, and return their offsets once they are durable."""

    def read(self, after: Position, limit: int) -> Batch:
        """Return at most `limit` events from `after` on; only an empty batch means that there are no more."""

    def start(self) -> Position: ...

    def end(self) -> Position: ...

    def wait(self, position: Position, timeout_s: float) -> bool:
        """Return True as soon as something lies at or beyond `position`, False if nothing came in time."""

    def counts(self) -> list[Count]:
        """Count the events by topic, type and backfill, sorted by these."""

    def settings_records(self) -> Batch:
        """Return all events of the topic `settings`, from the beginning."""

    def check(self) -> list[str]:
        """Check the whole store; return what is wrong with it, one sentence each."""

    def close(self) -> None: ...
