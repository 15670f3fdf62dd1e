"""Which partitions an entry goes to."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from untaken.schemas.registry import BROADCAST, SYMBOL_TOPICS
from untaken.streams.logs.base import Entry, topic_of_entry
from untaken.streams.logs.kafka.naming import TopicPartition, topic_name
from untaken.streams.logs.kafka.partitioner import partition_of

Partitions: TypeAlias = Mapping[str, int]
"""Number of partitions by the full name of a topic."""

BROADCAST_FIRST = "market"
"""Topic whose partition 0 gives the offset of what goes everywhere."""


class Router:
    """Files entries under one prefix; the first place of an entry is the one whose offset is returned for it."""

    def __init__(self, prefix: str, partitions: Partitions) -> None:
        self.prefix = prefix
        self._partitions = partitions
        self._known: dict[tuple[str, str | None, str | None], Sequence[TopicPartition]] = {}

    def places_of(self, entry: Entry) -> Sequence[TopicPartition]:
        """Return where an entry goes; raise SchemaUnknown for a type that no topic knows."""
        key = (entry.type, entry.symbol, entry.topic)
        places = self._known.get(key)
        if places is None:
            places = self._known[key] = self._places_of(entry)
        return places

    def _places_of(self, entry: Entry) -> Sequence[TopicPartition]:
        bare = topic_of_entry(entry)
        if entry.type in BROADCAST:
            others = (topic for topic in SYMBOL_TOPICS if topic != BROADCAST_FIRST)
            return [place for topic in (BROADCAST_FIRST, *others) for place in self._every(topic)]
        if entry.symbol is not None:
            topic = topic_name(self.prefix, bare)
            return [TopicPartition(topic, partition_of(entry.symbol, self._partitions[topic]))]
        return self._every(bare)

    def _every(self, bare: str) -> list[TopicPartition]:
        topic = topic_name(self.prefix, bare)
        return [TopicPartition(topic, partition) for partition in range(self._partitions[topic])]
