"""Writing records of one partition in transactions: all of a publication is seen, or nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka import errors as kafka_errors

from untaken.errors import UntakenError
from untaken.streams.faults import point
from untaken.streams.logs.kafka.address import Address
from untaken.streams.logs.kafka.connecting import PASSING, Connector, Deadline
from untaken.streams.logs.kafka.errors import EventTooLarge, WriteRefused
from untaken.streams.logs.kafka.naming import topic_name
from untaken.streams.published.form.records import LETTERS_TOPIC, Record

BATCH_BYTES = 1 << 20

Ending = Callable[[dict[str, int]], list[Record]]
"""Makes the last records of a transaction of where the others end: the offset after the last, by bare topic."""

_FENCED = (kafka_errors.ProducerFenced, kafka_errors.InvalidProducerEpoch)
_LARGE = (kafka_errors.MessageSizeTooLargeError, kafka_errors.RecordListTooLargeError)


class Superseded(UntakenError):
    """Another worker has taken the partition over; this one stops working on it."""


class TransactionalWriter:
    """Writes into the partition of one number of every output topic; to be used within one event loop.

    Starting fences whoever wrote under the same name before, and ends what that one had left unfinished.
    """

    def __init__(self, address: Address, name: str, partition: int) -> None:
        self._connector = Connector(address)
        self._prefix = address.options.prefix
        self._name = f"{self._prefix}{name}-{partition}"
        self._partition = partition
        self._producer: Any = None

    async def start(self) -> None:
        """Fence all predecessors; a writer that is started already is started anew."""
        await self.close()
        deadline = Deadline(self._connector.patience_s)
        await self._connector.knock(deadline)
        producer = AIOKafkaProducer(
            client_id=f"untaken-{self._name}",
            transactional_id=self._name,
            max_batch_size=BATCH_BYTES,
            **self._connector.arguments(),
        )
        try:
            async with asyncio.timeout(deadline.left_s):
                await producer.start()
        except PASSING as error:
            await _left(producer)
            raise self._connector.unreachable(error) from error
        self._producer = producer

    async def write(self, records: Sequence[Record], last: Ending) -> dict[str, int]:
        """Write records and what `last` makes of their ends, in one transaction.

        Returns the offset after the last record by bare topic. Raises Superseded or a `LogError`; then nothing
        is visible unless the commit itself went through, and the writer has to be started again.
        """
        with self._explained():
            try:
                async with asyncio.timeout(self._connector.patience_s):
                    return await self._write(records, last)
            except BaseException:
                producer, self._producer = self._producer, None
                await _left(producer)
                raise

    async def close(self) -> None:
        """End the producer; an open transaction is aborted by whoever starts next."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await _left(producer)

    async def _write(self, records: Sequence[Record], last: Ending) -> dict[str, int]:
        try:
            return await self._transacted(records, last)
        except kafka_errors.IllegalOperation:
            # The transaction was taken away between two sends: the sender knows by whom.
            await _demand_sender(self._producer)
            raise

    async def _transacted(self, records: Sequence[Record], last: Ending) -> dict[str, int]:
        await self._producer.begin_transaction()
        point("publish.begun")
        ends = await self._deliver(records)
        ends |= await self._deliver(last(ends))
        point("publish.sent")
        await self._producer.commit_transaction()
        point("publish.committed")
        return ends

    async def _deliver(self, records: Iterable[Record]) -> dict[str, int]:
        """Send records, in their order within each topic, and wait until the broker has them."""
        by_topic: dict[str, list[Record]] = {}
        for record in records:
            by_topic.setdefault(record.topic, []).append(record)
        sent = [
            (topic, count, await self._producer.send_batch(batch, self._topic(topic), partition=place))
            for topic, of_topic in by_topic.items()
            for place in [0 if topic == LETTERS_TOPIC else self._partition]
            for count, batch in self._batches(of_topic)
        ]
        ends: dict[str, int] = {}
        for topic, count, delivery in sent:
            try:
                ends[topic] = (await delivery).offset + count
            except _LARGE as error:
                largest = max(len(record.value or b"") for record in by_topic[topic])
                raise EventTooLarge(self._topic(topic), largest) from error
        return ends

    def _batches(self, records: Iterable[Record]) -> Iterator[tuple[int, Any]]:
        """Pack records; the first of a batch is taken whatever its size."""
        batch = self._producer.create_batch()
        for record in records:
            if not _appended(batch, record):
                batch.close()
                yield batch.record_count(), batch
                batch = self._producer.create_batch()
                _appended(batch, record)
        batch.close()
        yield batch.record_count(), batch

    def _topic(self, bare: str) -> str:
        return topic_name(self._prefix, bare)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except _FENCED as error:
            raise Superseded(
                f"another worker publishes as {self._name} now: this one stops working on partition {self._partition}"
            ) from error
        except (kafka_errors.UnknownTopicOrPartitionError, kafka_errors.InvalidTopicError) as error:
            raise WriteRefused("a state topic", str(error)) from error
        except PASSING as error:
            with self._connector.explained("write to the state topics"):
                raise error from None


def _appended(batch: Any, record: Record) -> bool:
    taken = batch.append(timestamp=None, key=record.key, value=record.value, headers=record.headers)
    return taken is not None


async def _demand_sender(producer: Any) -> None:
    """Raise what ended a producer's sender, if something did."""
    sender = producer._sender.sender_task  # noqa: SLF001 - no other place tells
    done, _ = await asyncio.wait({sender}, timeout=1.0)
    if done:
        await sender


async def _left(producer: Any) -> None:
    """Stop a producer without waiting for what it could not deliver."""
    if producer is None:
        return
    sender = producer._sender.sender_task  # noqa: SLF001 - stop() alone waits for deliveries without end
    if sender is not None:
        sender.cancel()
    await producer.stop()
