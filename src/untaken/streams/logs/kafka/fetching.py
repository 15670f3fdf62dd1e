"""Fetching from Kafka: exactly the partitions asked for, at the offsets asked for.

The client library's consumer fetches on its own account and in its own rhythm; a reader that leaves aside what
is ahead would wait for it at every turn.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from aiokafka import errors as kafka_errors
from aiokafka.client import ConnectionGroup
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition as KafkaPartition

from untaken.streams.logs.errors import LogTruncated
from untaken.streams.logs.kafka.connecting import PASSING, Connector, Deadline, is_denial
from untaken.streams.logs.kafka.errors import AccessDenied
from untaken.streams.logs.kafka.naming import TopicPartition

PARTITION_BYTES = 1 << 20
RESPONSE_BYTES = 16 << 20
_READ_COMMITTED = 1
_REFRESH_S = 0.1
_EARLIEST, _LATEST = -2, -1
_ABORTED = b"\x00\x00\x00\x00"
"""Key of the record that ends an aborted transaction: version 0, type 0."""

Result = TypeVar("Result")
Taken = TypeVar("Taken")

Take: TypeAlias = Callable[[Iterable[Any]], Taken]
"""Makes something of records of one partition, which have offset, timestamp (milliseconds), key, value and headers.

They are unpacked one by one, so that whoever keeps only columns of them never has them all: tens of thousands of
small objects at a time would keep the garbage collector busier than anything else.
"""


class Fetched(NamedTuple, Generic[Taken]):
    """What was made of records of one partition, and the offset that follows them."""

    place: TopicPartition
    taken: Taken
    following: int


class Fetcher:
    """Asks brokers for offsets and records; to be used within one event loop."""

    def __init__(self, connector: Connector, client: Any) -> None:
        self._connector = connector
        self._client = client

    async def ends(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the offset that the next committed record of each partition would have."""
        return await self._retried(lambda: self._offsets(list(places), _LATEST))

    async def firsts(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the offset of the first record that each partition still has."""
        return await self._retried(lambda: self._offsets(list(places), _EARLIEST))

    async def fetch(
        self, positions: Mapping[TopicPartition, int], take: Take[Taken], wait_s: float = 0.0
    ) -> list[Fetched[Taken]]:
        """Take some records of some of the partitions, waiting at most so long for the first.

        Raises LogTruncated where a position lies before the first record that is left.
        """
        if not positions:
            return []
        return await self._retried(lambda: self._fetch(positions, take, wait_s))

    async def _retried(self, attempt: Callable[[], Awaitable[Result]]) -> Result:
        deadline = Deadline(self._connector.patience_s)
        while True:
            try:
                return await attempt()
            except PASSING as error:
                if is_denial(error):
                    raise AccessDenied(self._connector.address.url, "read the topics") from error
                if deadline.passed:
                    raise self._connector.unreachable(error) from error
            await refreshed(self._client, deadline)

    async def _offsets(self, places: list[TopicPartition], moment: int) -> dict[TopicPartition, int]:
        answers = await asyncio.gather(
            *(
                self._client.send(
                    node,
                    OffsetRequest(
                        -1, _READ_COMMITTED, _by_topic((place, (place.partition, moment)) for place in led)
                    ),
                )
                for node, led in self._by_leader(places).items()
            )
        )
        found = {}
        for topic, (partition, code, _, offset, *_) in _parts(answers):
            _demand_no_error(code, topic)
            found[TopicPartition(topic, partition)] = offset
        return found

    async def _fetch(
        self, positions: Mapping[TopicPartition, int], take: Take[Taken], wait_s: float
    ) -> list[Fetched[Taken]]:
        answers = await asyncio.gather(
            *(
                # A connection of its own: what is asked meanwhile must not wait behind it.
                self._client.send(node, _request(led, positions, wait_s), group=ConnectionGroup.COORDINATION)
                for node, led in self._by_leader(positions).items()
            )
        )
        found = []
        for topic, (partition, code, *details) in _parts(answers):
            place = TopicPartition(topic, partition)
            if kafka_errors.for_code(code) is kafka_errors.OffsetOutOfRangeError:
                await self._demand_kept(place, positions[place])
                continue
            _demand_no_error(code, topic)
            records = _Records(details, positions[place])
            found.append(Fetched(place, take(records), records.following))
        return [fetched for fetched in found if fetched.following > positions[fetched.place]]

    async def _demand_kept(self, place: TopicPartition, wanted: int) -> None:
        first = (await self._offsets([place], _EARLIEST))[place]
        if wanted < first:
            raise LogTruncated(place.topic, place.partition, wanted, first)

    def _by_leader(self, places: Iterable[TopicPartition]) -> dict[int, list[TopicPartition]]:
        led: dict[int, list[TopicPartition]] = {}
        for place in places:
            node = self._client.cluster.leader_for_partition(KafkaPartition(*place))
            if node is None or node == -1:
                raise kafka_errors.LeaderNotAvailableError(place)
            led.setdefault(node, []).append(place)
        return led


async def refreshed(client: Any, deadline: Deadline) -> None:
    """Ask anew who leads which partition; wait a little where nobody can tell."""
    with suppress(*PASSING):
        async with asyncio.timeout(max(deadline.left_s, _REFRESH_S)):
            if await client.force_metadata_update():
                return
    await deadline.back_off()


def _request(places: Iterable[TopicPartition], positions: Mapping[TopicPartition, int], wait_s: float) -> Any:
    wanted = ((place, (place.partition, positions[place], PARTITION_BYTES)) for place in places)
    return FetchRequest(round(wait_s * 1000), 1, RESPONSE_BYTES, _READ_COMMITTED, _by_topic(wanted))


def _by_topic(wanted: Iterable[tuple[TopicPartition, Any]]) -> list[tuple[str, list[Any]]]:
    topics: dict[str, list[Any]] = {}
    for place, values in wanted:
        topics.setdefault(place.topic, []).append(values)
    return list(topics.items())


def _parts(answers: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for answer in answers:
        for topic, partitions in answer.topics:
            for part in partitions:
                yield topic, part


def _demand_no_error(code: int, topic: str) -> None:
    error = kafka_errors.for_code(code)
    if error is not kafka_errors.NoError:
        raise error(topic)


class _Records:
    """The records from an offset on that stand (not those of aborted transactions), to be gone through once."""

    def __init__(self, details: list[Any], wanted: int) -> None:
        self._wanted = self.following = wanted
        transactions: list[tuple[int, int]] = next((part for part in details if isinstance(part, list)), [])
        self._aborted = _Aborted(transactions)
        self._batches = MemoryRecords(details[-1])

    def __iter__(self) -> Iterator[Any]:
        while self._batches.has_next():
            batch = self._batches.next_batch()
            if not batch.validate_crc():
                raise kafka_errors.CorruptRecordException("a batch has a wrong checksum")
            if self._aborted.keeps(batch):
                for record in batch:
                    if record.offset >= self._wanted:
                        yield record
            self.following = max(self.following, batch.next_offset)


class _Aborted:
    """Which batches of a response belong to aborted transactions."""

    def __init__(self, transactions: Iterable[tuple[int, int]]) -> None:
        self._coming = sorted(transactions, key=lambda found: found[1], reverse=True)
        self._open: set[int] = set()

    def keeps(self, batch: Any) -> bool:
        while self._coming and self._coming[-1][1] <= batch.base_offset:
            self._open.add(self._coming.pop()[0])
        if batch.is_control_batch:
            if next(iter(batch)).key[:4] == _ABORTED:
                self._open.discard(batch.producer_id)
            return False
        return not (batch.is_transactional and batch.producer_id in self._open)
