"""Topics as they are read by anybody: committed records, in order."""

import asyncio
from typing import Any

import orjson

from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.naming import TopicPartition
from untaken.streams.published.reading.committed import state_reader


def records_of(log: KafkaLog, topic: str, partition: int = 0) -> list[Any]:
    """Return the committed records of a partition."""

    async def read() -> list[Any]:
        found: list[Any] = []

        def take(_: TopicPartition, records: list[Any]) -> None:
            found.extend(records)

        async with state_reader(log.address) as reader:
            await reader.read({}, await reader.ends([reader.place(topic, partition)]), take)
        return found

    return asyncio.run(read())


def events_of(log: KafkaLog, topic: str, partition: int = 0) -> list[dict[str, Any]]:
    """Return the events of a partition."""
    return [orjson.loads(record.value) for record in records_of(log, topic, partition)]


def last_by_key(log: KafkaLog, topic: str, partition: int = 0) -> dict[bytes, Any]:
    """Return what compaction would leave: the last value by key, tombstones as None."""
    return {bytes(record.key): record.value for record in records_of(log, topic, partition)}
