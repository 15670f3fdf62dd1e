"""Offsets for those who watch the lag of a group with Kafka's own tools; nobody reads from them.

They are committed under a group of their own, `<app>.positions`, which has no members: a commit that falls into a
rebalance makes the client library lose its place in the group (docs/decisions/0014).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from untaken.streams.logs.base import Position
from untaken.streams.logs.kafka.address import Address
from untaken.streams.logs.kafka.connecting import PASSING, Connector
from untaken.streams.logs.kafka.naming import partition_of_stream

logger = logging.getLogger(__name__)


class OffsetNotes:
    """Commits positions now and then; to be used within one event loop."""

    def __init__(self, address: Address, app: str) -> None:
        self._connector = Connector(address)
        self._group = f"{app}.positions"
        self._consumer: Any = None
        self._noted: dict[TopicPartition, int] = {}

    async def note(self, positions: Iterable[Position]) -> None:
        """Commit what has moved; a broker that is away, or forbids it, is asked again the next time."""
        found = _offsets(positions)
        moved = {place: offset for place, offset in found.items() if self._noted.get(place) != offset}
        if not moved:
            return
        try:
            consumer = await self._ready(moved)
            await consumer.commit({place: OffsetAndMetadata(offset, "") for place, offset in moved.items()})
            self._noted |= moved
        except PASSING as error:
            logger.debug("offsets were not committed: %s", error)
            await self.close()

    async def close(self) -> None:
        """Leave no connection behind."""
        consumer, self._consumer = self._consumer, None
        self._noted = {}
        if consumer is not None:
            await consumer.stop()

    async def _ready(self, moved: Iterable[TopicPartition]) -> Any:
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(
                group_id=self._group, enable_auto_commit=False, **self._connector.arguments()
            )
            await self._consumer.start()
        known = self._consumer.assignment()
        if not known.issuperset(moved):
            self._consumer.assign([*known.union(moved)])
            self._consumer.pause(*self._consumer.assignment())  # it reads nothing
        return self._consumer


def _offsets(positions: Iterable[Position]) -> dict[TopicPartition, int]:
    """Of settings, which every partition reads, the position that is furthest behind."""
    found: dict[TopicPartition, int] = {}
    for position in positions:
        for stream, offset in position.items():
            place = TopicPartition(*partition_of_stream(stream))
            found[place] = min(offset, found.get(place, offset))
    return found
