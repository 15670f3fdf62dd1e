"""Small builders for tests on a broker."""

import asyncio
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from untaken.streams.logs import Entry
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_kafka

Result = TypeVar("Result")


def kafka_log(broker: str, prefix: str, *, partitions: int = 3, **options: Any) -> KafkaLog:
    return open_kafka(broker, KafkaOptions(prefix=prefix, partitions=partitions, **options))


def any_prefix() -> str:
    """Return a prefix of topics that no other test has."""
    return f"t{uuid.uuid4().hex[:12]}."


def servers_of(broker: str) -> str:
    return broker.removeprefix("kafka://")


def bar(symbol: str, minute: int, number: int = 0) -> Entry:
    event = {
        "type": "market.bar",
        "id": f"{symbol}-{minute}-{number}",
        "at": f"2024-03-04T10:{minute:02d}:00.000000Z",
        "symbol": symbol,
    }
    return Entry("market.bar", orjson.dumps(event), symbol)


def tick(minute: int) -> Entry:
    event = {"type": "clock.ticked", "id": f"tick-{minute}", "at": f"2024-03-04T10:{minute:02d}:00.000000Z"}
    return Entry("clock.ticked", orjson.dumps(event), None)


def ids(values: Sequence[bytes]) -> list[str]:
    return [orjson.loads(value)["id"] for value in values]


def produce(broker: str, topic: str, *records: Mapping[str, Any]) -> None:
    """Write records as somebody else would."""

    async def produced() -> None:
        async with AIOKafkaProducer(bootstrap_servers=servers_of(broker)) as producer:
            for record in records:
                await producer.send_and_wait(topic, **record)

    run(produced())


def records_of(broker: str, topic: str, partition: int = 0) -> list[Any]:
    """Read a partition as any other consumer would."""

    async def consumed() -> list[Any]:
        place = TopicPartition(topic, partition)
        async with AIOKafkaConsumer(bootstrap_servers=servers_of(broker)) as consumer:
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            end = (await consumer.end_offsets([place]))[place]
            return [await consumer.getone() for _ in range(end)]

    return run(consumed())


def forget(broker: str, topic: str, partition: int, before: int) -> None:
    """Let retention remove the beginning of a partition."""
    place = TopicPartition(topic, partition)
    _administer(broker, "delete_records", {place: RecordsToDelete(before_offset=before)})


def make_topic(broker: str, name: str, partitions: int, **values: str) -> None:
    topic = NewTopic(name, partitions, 1, topic_configs={k.replace("_", "."): v for k, v in values.items()})
    _administer(broker, "create_topics", [topic])


def _administer(broker: str, method: str, *arguments: Any) -> None:
    async def administered() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=servers_of(broker))
        await admin.start()
        try:
            await getattr(admin, method)(*arguments)
        finally:
            await admin.close()

    run(administered())


def run(task: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(task)
