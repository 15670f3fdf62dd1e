"""The log on Kafka, behind the interface of all logs."""

from collections.abc import Iterable, Mapping, Sequence
from threading import Lock

from untaken.streams.logs.base import Entry, topic_of_entry
from untaken.streams.logs.errors import LogReadOnly
from untaken.streams.logs.kafka.address import Address
from untaken.streams.logs.kafka.admin import (
    demand_single,
    deviations,
    keyed_partitions,
    partition_counts,
    topics_of,
)
from untaken.streams.logs.kafka.connecting import Connector
from untaken.streams.logs.kafka.errors import NoSuchPartition, TopicsMissing
from untaken.streams.logs.kafka.naming import (
    ALL_TOPICS,
    FACT_TOPICS,
    all_streams,
    log_topics,
    partition_streams,
    topic_name,
)
from untaken.streams.logs.kafka.routing import Router
from untaken.streams.logs.kafka.session import Session
from untaken.streams.logs.kafka.streams import Readable, Streams
from untaken.streams.logs.kafka.topics import make_topics


class KafkaLog(Readable):
    """A log of topics; safe to use from several threads and processes, and across forks.

    An append is durable when it returns. Where it fails, some of its entries may have become durable all the
    same: they are to be appended again, and count once by their ids. Only those topics are read that existed
    when the log was opened, or that it has made since.
    """

    def __init__(self, address: Address, *, create: bool = True, read_only: bool = False) -> None:
        self.address = address
        self._read_only = read_only
        self._session = Session(Connector(address))
        self._making = Lock()
        try:
            self._counts = self._session.administer(lambda _, client: partition_counts(client, self.prefix))
            self._demand_topics(make=create and not read_only)
            self._streams = self._all_streams()
        except BaseException:
            self._session.close()
            raise

    @property
    def url(self) -> str:
        return self.address.url

    @property
    def prefix(self) -> str:
        return self.address.options.prefix

    @property
    def partitions(self) -> int:
        """How many partitions the topics keyed by symbol have."""
        return self._counts[topic_name(self.prefix, "market")]

    @property
    def topics(self) -> Mapping[str, int]:
        """Partitions of every topic of the prefix, by its full name."""
        return dict(self._counts)

    def partition(self, number: int) -> "PartitionLog":
        """Return the log as the chain of one partition reads it; it shares the connections of this one."""
        if not 0 <= number < self.partitions:
            raise NoSuchPartition(self.url, number, self.partitions)
        places = partition_streams(self.prefix, self._counts, number)
        return PartitionLog(self, number, Streams(self._session, self.prefix, places))

    def append(self, entries: Sequence[Entry]) -> list[int]:
        self._session.demand_open()
        if self._read_only:
            raise LogReadOnly(self.url)
        self._make_missing({topic_of_entry(entry) for entry in entries})
        return self._session.append(entries, Router(self.prefix, self._counts)) if entries else []

    def check(self) -> list[str]:
        names = log_topics(self.prefix, self._counts)
        values = self._session.administer(lambda admin, _: admin.describe(names))
        return deviations(topics_of(self._counts, values), self.prefix) + self._streams.truncated()

    def close(self) -> None:
        self._session.close()

    def _demand_topics(self, *, make: bool) -> None:
        """Raise unless every topic of facts is there, making them if allowed, and the counts agree."""
        keyed = keyed_partitions(self._counts, self.prefix)
        demand_single(self._counts, self.prefix)
        missing = [topic for topic in FACT_TOPICS if topic_name(self.prefix, topic) not in self._counts]
        if missing and not make:
            raise TopicsMissing(self.url, [topic_name(self.prefix, topic) for topic in missing])
        if missing:
            self._counts = make_topics(self._session, self._counts, keyed, ALL_TOPICS)

    def _make_missing(self, bare: Iterable[str]) -> None:
        """Make topics of types that only another version, or an archive, knows."""
        missing = [topic for topic in bare if topic_name(self.prefix, topic) not in self._counts]
        if not missing:
            return
        with self._making:
            self._counts = make_topics(self._session, self._counts, self.partitions, missing)
            self._streams = self._all_streams()

    def _all_streams(self) -> Streams:
        return Streams(self._session, self.prefix, all_streams(self.prefix, self._counts))


class PartitionLog(Readable):
    """One partition of the topics keyed by symbol, with the settings; partition 0 with all other topics too.

    What is appended goes where it belongs, which need not be here. Closing it leaves the whole log open.
    """

    def __init__(self, whole: KafkaLog, number: int, streams: Streams) -> None:
        self.number = number
        self._whole = whole
        self._streams = streams

    @property
    def url(self) -> str:
        return self._whole.url

    def append(self, entries: Sequence[Entry]) -> list[int]:
        return self._whole.append(entries)

    def check(self) -> list[str]:
        return self._streams.truncated()

    def close(self) -> None:
        """Nothing of its own is open."""
