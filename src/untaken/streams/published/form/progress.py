"""How far a partition has come: what every publication says beside rows and tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

import orjson

from untaken.errors import UntakenError
from untaken.streams.logs.base import Position

Counter = tuple[str, str, int]
"""Name, key and how many, as the state counts them."""


class NotProgress(UntakenError):
    """A record of the topic `progress` is none of ours; the partition counts as never published."""


@dataclass(frozen=True)
class Progress:
    """Where the state of a partition stands, and which publication of which state this is."""

    partition: int
    state: str
    """Which state this was published from: another one has to compare before it goes on."""
    sequence: int
    """How many publications that state has made."""
    position: Position
    settings_end: Position
    watermark: int | None = None
    """Newest event time, microseconds."""
    newest: int | None = None
    counters: list[Counter] = field(default_factory=list)
    unread: int = 0
    settings_digest: str = ""
    ends: dict[str, int] = field(default_factory=dict)
    """By output topic: the offset after the last record that this publication, or one before, wrote."""
    untaken: str = ""
    """Version of the software."""
    app: str = ""
    """Name that the workers share which publish here."""

    @property
    def key(self) -> bytes:
        """Key of the record."""
        return str(self.partition).encode()

    def value(self) -> bytes:
        """Return the record's value."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True)
class Series:
    """Which prices a partition has, for what a report says of symbols without any."""

    partition: int
    series: list[tuple[str, str, int]] = field(default_factory=list)
    """Symbol, source and interval in microseconds, 0 for quotes."""
    crossed: dict[str, int] = field(default_factory=dict)
    """Crossed quotes by symbol."""

    @property
    def key(self) -> bytes:
        """Key of the record."""
        return f"{self.partition}/prices".encode()

    def value(self) -> bytes:
        """Return the record's value; the same prices give the same bytes."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)


def progress_of(value: bytes) -> Progress:
    """Return the progress of a record; a newer version's further fields are left out. Raises NotProgress."""
    read = _known(Progress, value)
    try:
        counters = [(str(name), str(key), int(n)) for name, key, n in read.pop("counters", [])]
        return Progress(**read, counters=counters)
    except (TypeError, ValueError) as error:
        raise NotProgress(f"a record of the topic progress lacks what it must say ({error})") from None


def series_of(value: bytes) -> Series:
    """Return the price series of a record. Raises NotProgress."""
    read = _known(Series, value)
    try:
        listed = [
            (str(symbol), str(source), int(interval)) for symbol, source, interval in read.pop("series", [])
        ]
        return Series(**read, series=listed)
    except (TypeError, ValueError) as error:
        raise NotProgress(f"a record of the topic progress lacks what it must say ({error})") from None


def _known(kind: type[Progress | Series], value: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(value)
        names = {each.name for each in fields(kind)}
        return {name: part for name, part in document.items() if name in names}
    except (orjson.JSONDecodeError, AttributeError) as error:
        raise NotProgress(f"a record of the topic progress is not ours ({error})") from None
