"""Writing to Kafka: whole batches of an idempotent producer, durable when `append` returns."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka import errors as kafka_errors

from untaken.streams.faults import point
from untaken.streams.logs.base import Entry
from untaken.streams.logs.kafka.connecting import PASSING, Connector, Deadline, is_denial
from untaken.streams.logs.kafka.errors import AccessDenied, EventTooLarge, WriteRefused
from untaken.streams.logs.kafka.headers import headers_of
from untaken.streams.logs.kafka.naming import TopicPartition
from untaken.streams.logs.kafka.routing import Router

BATCH_BYTES = 1 << 20
_ATTEMPTS = 3
_LARGE = (kafka_errors.MessageSizeTooLargeError, kafka_errors.RecordListTooLargeError)


class Chunk(NamedTuple):
    """Records on their way into one partition, and which entry (by index) each of them is the first place of."""

    place: TopicPartition
    batch: Any
    firsts: list[tuple[int, int]]
    """Index of the entry, place in the batch."""
    largest: int
    """Size of the largest event, in bytes."""


class Writer:
    """Appends entries; to be used within one event loop.

    After a failed write the producer is put aside, for its sequence of numbers has a hole that Kafka refuses to
    go on from. What waits for it meanwhile is sent again by its successor.
    """

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._producer: Any = None
        self._starting = asyncio.Lock()
        self._order = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()

    async def append(self, entries: Sequence[Entry], router: Router) -> list[int]:
        """Append all entries, in their order within each partition; return the offset of each first place.

        Raises a `LogError` if any of them did not become durable; then nothing may count as acknowledged.
        """
        deadline = Deadline(self._connector.patience_s)
        offsets = [-1] * len(entries)
        routed = _routed(entries, router)
        for attempt in range(1, _ATTEMPTS + 1):
            producer = await self._started(deadline)
            chunks = [
                chunk for place, records in routed.items() for chunk in _chunks(producer, place, records)
            ]
            failures = await self._deliver(producer, chunks, offsets, deadline)
            if not failures:
                break
            await self._put_aside(producer)
            self._demand_another_try(failures, last=attempt == _ATTEMPTS or deadline.passed)
            failed = {chunk.place for chunk, _ in failures}
            routed = {place: records for place, records in routed.items() if place in failed}
            await deadline.back_off()
        return offsets

    async def close(self) -> None:
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await producer.stop()
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=1.0)

    async def _deliver(
        self, producer: Any, chunks: Sequence[Chunk], offsets: list[int], deadline: Deadline
    ) -> list[tuple[Chunk, BaseException]]:
        """Send chunks and wait for all of them; note the offsets, and return what failed."""
        deliveries = [asyncio.ensure_future(one) for one in await self._send(producer, chunks, deadline)]
        point("kafka.sent")
        _, pending = await asyncio.wait(deliveries, timeout=deadline.left_s) if deliveries else (set(), set())
        for delivery in pending:
            delivery.cancel()
        if pending:
            await self._put_aside(producer)
            raise self._connector.unreachable("it did not confirm the write")
        point("kafka.delivered")
        failures = []
        for chunk, delivery in zip(chunks, deliveries, strict=True):
            error = delivery.exception()
            if error is not None:
                failures.append((chunk, error))
                continue
            base = delivery.result().offset
            for index, at in chunk.firsts:
                offsets[index] = base + at
        return failures

    async def _send(self, producer: Any, chunks: Sequence[Chunk], deadline: Deadline) -> list[Any]:
        """Hand chunks over in one go, so that those of two appends never mix."""
        try:
            async with asyncio.timeout(deadline.left_s), self._order:
                return [
                    await producer.send_batch(chunk.batch, chunk.place.topic, partition=chunk.place.partition)
                    for chunk in chunks
                ]
        except PASSING as error:
            await self._put_aside(producer)
            raise self._connector.unreachable(error) from error

    async def _started(self, deadline: Deadline) -> Any:
        async with self._starting:
            if self._producer is None:
                await self._connector.knock(deadline)
                producer = AIOKafkaProducer(
                    client_id="untaken-writer",
                    enable_idempotence=True,
                    acks="all",
                    max_batch_size=BATCH_BYTES,
                    **self._connector.arguments(),
                )
                try:
                    async with asyncio.timeout(deadline.left_s):
                        await producer.start()
                except PASSING as error:
                    self._leave(producer)
                    raise self._connector.unreachable(error) from error
                self._producer = producer
            return self._producer

    async def _put_aside(self, producer: Any) -> None:
        async with self._starting:
            if self._producer is producer:
                self._producer = None
                self._leave(producer)

    def _leave(self, producer: Any) -> None:
        task = asyncio.ensure_future(_stopped(producer))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def _demand_another_try(self, failures: Iterable[tuple[Chunk, BaseException]], *, last: bool) -> None:
        """Raise what another try would not heal."""
        for chunk, error in failures:
            topic = chunk.place.topic
            if isinstance(error, _LARGE):
                raise EventTooLarge(topic, chunk.largest) from error
            if is_denial(error):
                raise AccessDenied(self._connector.address.url, f"write to {topic}") from error
            if last:
                raise WriteRefused(topic, type(error).__name__) from error


class Record(NamedTuple):
    """One record on its way into one partition."""

    entry: int
    """Index of its entry."""
    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]
    first: bool
    """Whether the offset of the entry is the one of this record."""


def _routed(entries: Sequence[Entry], router: Router) -> dict[TopicPartition, list[Record]]:
    routed: dict[TopicPartition, list[Record]] = {}
    for index, entry in enumerate(entries):
        key = None if entry.symbol is None else entry.symbol.encode()
        headers = headers_of(entry)
        for at, place in enumerate(router.places_of(entry)):
            routed.setdefault(place, []).append(Record(index, key, entry.value, headers, at == 0))
    return routed


def _chunks(producer: Any, place: TopicPartition, records: Sequence[Record]) -> Iterable[Chunk]:
    """Pack the records of a partition into batches; the first of a batch is taken whatever its size."""
    chunk = Chunk(place, producer.create_batch(), [], 0)
    for record in records:
        if (
            chunk.batch.append(timestamp=None, key=record.key, value=record.value, headers=record.headers)
            is None
        ):
            yield chunk
            chunk = Chunk(place, producer.create_batch(), [], 0)
            chunk.batch.append(timestamp=None, key=record.key, value=record.value, headers=record.headers)
        if record.first:
            chunk.firsts.append((record.entry, chunk.batch.record_count() - 1))
        chunk = chunk._replace(largest=max(chunk.largest, len(record.value)))
    chunk.batch.close()
    yield chunk


async def _stopped(producer: Any) -> None:
    """Stop a producer without waiting for what it could not deliver."""
    sender = producer._sender.sender_task  # noqa: SLF001 - stop() alone waits for deliveries without end
    if sender is not None:
        sender.cancel()
    await producer.stop()
