"""Some partitions of a log, and how any part of a log is read."""

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from untaken.streams.logs.base import Batch, Count, Position
from untaken.streams.logs.kafka.naming import TopicPartition, stream_name, topic_name
from untaken.streams.logs.kafka.session import Session

if TYPE_CHECKING:
    from untaken.streams.logs.kafka.reading import Reader


class Streams:
    """Some partitions of a log, as they are read."""

    def __init__(self, session: Session, prefix: str, places: Sequence[TopicPartition]) -> None:
        self._session = session
        self.prefix = prefix
        self._places = places
        self._lock = Lock()
        self._made: Reader | None = None

    @property
    def reader(self) -> "Reader":
        """Writers, which never ask for it, stay free of polars."""
        self._session.demand_open()
        with self._lock:
            if self._made is None:
                from untaken.streams.logs.kafka.reading import Reader  # noqa: PLC0415 - as the docstring says

                self._made = Reader(self._session, self.prefix, self._places)
            return self._made

    def start(self) -> Position:
        return {stream_name(*place): 0 for place in self._places}

    def end(self) -> Position:
        ends = self._session.ends(self._places)
        return {stream_name(*place): ends[place] for place in self._places}

    def truncated(self) -> list[str]:
        """Say which partitions have lost their beginning, one sentence each."""
        firsts = self._session.firsts(self._places)
        return [
            f"{stream_name(*place)} begins at offset {first}: retention has removed what came before; "
            "import it from an archive"
            for place, first in firsts.items()
            if first > 0
        ]


class Readable:
    """Reading, the same for a whole log and for the part of it that one chain reads."""

    _streams: Streams

    def read(self, after: Position, limit: int) -> Batch:
        return self._streams.reader.read(after, limit)

    def start(self) -> Position:
        return self._streams.start()

    def end(self) -> Position:
        return self._streams.end()

    def wait(self, position: Position, timeout_s: float) -> bool:
        return self._streams.reader.wait(position, timeout_s)

    def counts(self) -> list[Count]:
        """Count by reading, for Kafka keeps no such numbers; once more, only what has come since is read."""
        return self._streams.reader.counts()

    def settings_records(self) -> Batch:
        return self.topic_records("settings")

    def topic_records(self, topic: str) -> Batch:
        """Return everything that a topic (by its bare name) holds of what is read here, from the beginning."""
        return self._streams.reader.topic_records(topic_name(self._streams.prefix, topic))
