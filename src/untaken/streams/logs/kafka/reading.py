"""Reading several partitions as one log, paced by event time and in bounded memory."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from threading import RLock
from typing import Protocol

import polars as pl

from untaken.streams.logs.base import Batch, Count, Position
from untaken.streams.logs.errors import LogUnreachable
from untaken.streams.logs.frames import SCHEMA
from untaken.streams.logs.kafka.fetching import Fetched, Take, Taken
from untaken.streams.logs.kafka.naming import TopicPartition, bare_name, stream_name
from untaken.streams.logs.kafka.pacing import Lane, show
from untaken.streams.logs.kafka.records import Columns, columns_of, kinds_of

BATCH_BYTES = 64 << 20
"""Bytes of events after which a batch is handed out however few it holds."""

_FORM = "%Y-%m-%dT%H:%M:%S%.fZ"
_ALL = 1 << 40
_ROUND_S = 0.1
"""Wait of a request for what is known to be there."""
_STUCK_ROUNDS = 100
"""Rounds in a row that bring nothing of it before that is said."""
_WAIT_S = 5.0
"""Longest wait of one request; a wait of the caller is made of several."""


class Asking(Protocol):
    """What asks the brokers on behalf of a thread without an event loop."""

    def ends(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]: ...

    def firsts(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]: ...

    def fetch(
        self, positions: Mapping[TopicPartition, int], take: Take[Taken], wait_s: float
    ) -> list[Fetched[Taken]]: ...


class Reader:
    """Reads some partitions; safe to use from several threads, but made for one.

    It goes on from where its last batch ended without asking for anything twice. What has been fetched of each
    partition and not been shown yet is at most one response, about a mebibyte.
    """

    def __init__(self, asking: Asking, prefix: str, places: Sequence[TopicPartition]) -> None:
        self._asking = asking
        self._prefix = prefix
        self._lock = RLock()
        self._lanes = {place: Lane(rank, 0, 0) for rank, place in enumerate(places)}
        self._counted: Counter[tuple[str, str, bool]] = Counter()
        self._counted_to: dict[TopicPartition, int] = {}

    def read(self, after: Position, limit: int) -> Batch:
        """Return what lies from `after` on; raise LogTruncated where the first record left lies behind it."""
        with self._lock:
            self._stand_at(after)
            ends = self._ends()
            shown: list[pl.DataFrame] = []
            records = size = 0
            while records < limit and size < BATCH_BYTES:
                self._fill(ends)
                part = show(self._lanes.values(), self._unfinished(ends), limit - records)
                if part is None:
                    break
                shown.append(part)
                records += part.height
                size += int(part["value"].bin.size().sum())
            frame = pl.concat(shown) if shown else pl.DataFrame(schema=SCHEMA)
            return Batch(
                frame, after | {stream_name(*place): lane.shown for place, lane in self._lanes.items()}
            )

    def wait(self, position: Position, timeout_s: float) -> bool:
        """Return True as soon as a partition holds something at or beyond its position."""
        with self._lock:
            ends = self._ends()
            if any(end > position.get(stream_name(*place), 0) for place, end in ends.items()):
                return True
            self._stand_at(position)
            positions = {place: lane.fetched for place, lane in self._lanes.items() if lane.is_empty}
            left_s = timeout_s
            while left_s > 0:
                slice_s = min(left_s, _WAIT_S)
                fetched = self._asking.fetch(positions, columns_of, slice_s)
                if fetched:
                    self._put(fetched)
                    return True
                left_s -= slice_s
            return False

    def topic_records(self, topic: str) -> Batch:
        """Return everything that a topic holds, from its beginning."""
        part = Reader(self._asking, self._prefix, [place for place in self._lanes if place.topic == topic])
        position: Position = {}
        frames = [pl.DataFrame(schema=SCHEMA)]
        while len(batch := part.read(position, _ALL)):
            frames.append(batch.frame)
            position = batch.position
        return Batch(pl.concat(frames), batch.position)

    def counts(self) -> list[Count]:
        """Read everything that was not counted yet, without keeping it; return how many events of each kind there are."""
        with self._lock:
            self._count(self._ends())
            return sorted(Count(*kind, events) for kind, events in self._counted.items())

    def _count(self, ends: Mapping[TopicPartition, int]) -> None:
        positions = self._asking.firsts(self._lanes) | self._counted_to
        patience = _Patience()
        while wanted := {place: at for place, at in positions.items() if at < ends[place]}:
            fetched = self._asking.fetch(wanted, kinds_of, _ROUND_S)
            patience.note(fetched, wanted)
            for place, kinds, following in fetched:
                topic = bare_name(self._prefix, place.topic)
                self._counted.update({(topic, *kind): count for kind, count in kinds.items()})
                self._counted_to[place] = positions[place] = following

    def _ends(self) -> dict[TopicPartition, int]:
        return self._asking.ends(self._lanes)

    def _stand_at(self, position: Position) -> None:
        """Forget what was fetched of partitions of which another offset is wanted than the next to be shown."""
        for place, lane in self._lanes.items():
            wanted = position.get(stream_name(*place), 0)
            if wanted != lane.shown:
                self._lanes[place] = Lane(lane.rank, wanted, wanted)

    def _unfinished(self, ends: Mapping[TopicPartition, int]) -> Iterable[Lane]:
        return [lane for place, lane in self._lanes.items() if lane.fetched < ends[place]]

    def _fill(self, ends: Mapping[TopicPartition, int]) -> None:
        """Fetch until every partition that has something left shows its next record."""
        patience = _Patience()
        while positions := {
            place: lane.fetched
            for place, lane in self._lanes.items()
            if lane.is_empty and lane.fetched < ends[place]
        }:
            fetched = self._asking.fetch(positions, columns_of, _ROUND_S)
            patience.note(fetched, positions)
            self._put(fetched)

    def _put(self, fetched: Iterable[Fetched[Columns]]) -> None:
        for place, columns, following in fetched:
            records = len(columns.offsets)
            frame = pl.DataFrame(
                {
                    "stream": pl.repeat(stream_name(*place), records, dtype=pl.String, eager=True),
                    "offset": pl.Series(columns.offsets, dtype=pl.Int64),
                    "topic": pl.repeat(
                        bare_name(self._prefix, place.topic), records, dtype=pl.String, eager=True
                    ),
                    "type": pl.Series(columns.types, dtype=pl.String),
                    "appended_at": pl.Series(columns.appended, dtype=pl.Int64),
                    "backfill": pl.Series(columns.backfill, dtype=pl.Boolean),
                    "value": pl.Series(columns.values, dtype=pl.Binary),
                }
            )
            self._lanes[place].put(frame, _microseconds(columns.times), following)


class _Patience:
    """How often what is known to be there may fail to come."""

    def __init__(self) -> None:
        self._idle = 0

    def note(self, fetched: Sequence[object], wanted: Iterable[TopicPartition]) -> None:
        self._idle = 0 if fetched else self._idle + 1
        if self._idle == _STUCK_ROUNDS:
            stuck = stream_name(*min(wanted))
            raise LogUnreachable(stuck, _STUCK_ROUNDS * _ROUND_S, "it names an end that it does not deliver")


def _microseconds(times: Sequence[str | None]) -> pl.Series:
    """Event times as they stand in headers; null for another form, which only pacing would ask for."""
    told = pl.Series("at", times, dtype=pl.String)
    return told.str.to_datetime(_FORM, time_unit="us", strict=False).cast(pl.Int64)
