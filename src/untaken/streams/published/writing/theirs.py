"""What the topics say of one partition, as far as it takes to know what differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from untaken.streams.logs.kafka.address import Address
from untaken.streams.logs.kafka.naming import TopicPartition, bare_name
from untaken.streams.published.form.encoding import id_of
from untaken.streams.published.form.records import LETTERS_TOPIC, ROW_TOPICS
from untaken.streams.published.reading.committed import state_reader


@dataclass
class Theirs:
    """What was published of a partition, whoever did it."""

    rows: dict[str, dict[bytes, str]] = field(default_factory=lambda: {topic: {} for topic in ROW_TOPICS})
    """Ids of the events by topic and key: equal rows have equal ids."""
    tables: dict[bytes, bytes] = field(default_factory=dict)
    """Days of tables by key."""
    letters: set[str] = field(default_factory=set)
    """Ids of letters, of all partitions."""
    ends: dict[str, int] = field(default_factory=dict)
    """By topic: up to where it was read."""

    def take(self, topic: str, records: Iterable[Any]) -> None:
        """Take in raw records of a topic (by its bare name); of a key the last counts."""
        for record in records:
            key, value = bytes(record.key or b""), record.value
            if topic in self.rows:
                _keep(self.rows[topic], key, None if value is None else id_of(bytes(value)))
            elif topic == LETTERS_TOPIC:
                self.letters.add(dict(record.headers).get("ce_id", b"").decode(errors="replace"))
            else:
                _keep(self.tables, key, None if value is None else bytes(value))


async def read_theirs(address: Address, partition: int) -> Theirs:
    """Read what the topics say of a partition now."""
    theirs = Theirs()
    prefix = address.options.prefix

    def take(place: TopicPartition, records: list[Any]) -> None:
        theirs.take(bare_name(prefix, place.topic), records)

    async with state_reader(address) as reader:
        places = [reader.place(topic, partition) for topic in (*ROW_TOPICS, "tables")]
        reached = await reader.read({}, await reader.ends([*places, reader.place(LETTERS_TOPIC, 0)]), take)
    theirs.ends = {
        topic: end
        for place, end in reached.items()
        if (topic := bare_name(prefix, place.topic)) != LETTERS_TOPIC
    }
    return theirs


def _keep(known: dict[bytes, Any], key: bytes, value: Any) -> None:
    if value is None:
        known.pop(key, None)
    else:
        known[key] = value
