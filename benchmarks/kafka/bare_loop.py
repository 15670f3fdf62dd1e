"""The least that a reader of the topics could do: aiokafka's getmany, and orjson for each record; nothing is kept.

python -m benchmarks.kafka.bare_loop kafka://127.0.0.1:9092?prefix=bench.
"""

from __future__ import annotations

import asyncio
import sys
import time

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from untaken.schemas.registry import SYMBOL_TOPICS
from untaken.streams.logs.kafka.address import Address, address_of
from untaken.streams.logs.kafka.naming import topic_name
from untaken.streams.logs.kafka.options import PARTITIONS


async def read(address: Address) -> tuple[int, float, float]:
    """Read every partition to its end; return events, seconds on the wall and of the processor."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=list(address.servers),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        group_id=None,
        max_partition_fetch_bytes=4 << 20,
    )
    names = [topic_name(address.options.prefix, topic) for topic in SYMBOL_TOPICS]
    places = [TopicPartition(name, number) for name in names for number in range(PARTITIONS)]
    consumer.assign(places)
    await consumer.start()
    wanted, events = sum((await consumer.end_offsets(places)).values()), 0
    wall, processor = time.perf_counter(), time.process_time()
    while events < wanted:
        for records in (await consumer.getmany(timeout_ms=1_000)).values():
            for record in records:
                orjson.loads(record.value)
            events += len(records)
    took = time.perf_counter() - wall, time.process_time() - processor
    await consumer.stop()
    return events, *took


def main() -> None:
    print(*asyncio.run(read(address_of(sys.argv[1]))))


if __name__ == "__main__":
    main()
