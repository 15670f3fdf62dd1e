"""What lies in a Kafka log after bots have reported to it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import orjson
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from untaken.streams.client import Buffering, KafkaOptions
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.opening import open_kafka

PATIENT = Buffering(max_delay_s=0.0, log_timeout_s=60.0)
"""For tests in which the broker is there, on a machine that may be busy."""

PARTITIONS = 3
SYMBOLS = ("BTC/USDT", "ETH/USDT", "EUR/USD", "XRP/USDT")


@contextmanager
def opened(broker: str, prefix: str) -> Iterator[KafkaLog]:
    """Open the log of a test, making its topics."""
    log = open_kafka(broker, KafkaOptions(prefix=prefix, partitions=PARTITIONS, request_timeout_s=60.0))
    try:
        yield log
    finally:
        log.close()


def with_topics(broker: str, prefix: str) -> str:
    """Make the topics of a log and return its URL."""
    with opened(broker, prefix) as log:
        return log.url


def narrow_topic(broker: str, topic: str, size: int) -> None:
    """Make a topic that takes no batches of more than so many bytes."""
    values = {"max.message.bytes": str(size), "message.timestamp.type": "LogAppendTime", "retention.ms": "-1"}

    async def make() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.removeprefix("kafka://"))
        await admin.start()
        try:
            await admin.create_topics([NewTopic(topic, PARTITIONS, 1, topic_configs=values)])
        finally:
            await admin.close()

    asyncio.run(make())


def ids_by_stream(broker: str, prefix: str) -> dict[str, list[str]]:
    """Return the ids in every partition, in order, copies included."""
    found: dict[str, list[str]] = {}
    with opened(broker, prefix) as log:
        position = log.start()
        while len(batch := log.read(position, 10_000)):
            for stream, value in batch.frame.select("stream", "value").iter_rows():
                found.setdefault(stream, []).append(orjson.loads(value)["id"])
            position = batch.position
    return found


def in_order(ids: Sequence[str], found: dict[str, list[str]]) -> bool:
    """Whether the first copies of events lie in every partition in the order in which they were emitted."""
    place = {event_id: number for number, event_id in enumerate(ids)}
    return all(
        places == sorted(places)
        for places in ([place[each] for each in dict.fromkeys(stream)] for stream in found.values())
    )


def every(found: dict[str, list[str]]) -> set[str]:
    return {event_id for stream in found.values() for event_id in stream}
