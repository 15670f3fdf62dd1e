"""Reading state topics: what is committed, up to an end that is fixed when the reading begins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from untaken.streams.logs.kafka.address import Address
from untaken.streams.logs.kafka.admin import partition_counts
from untaken.streams.logs.kafka.connecting import Connector, Deadline
from untaken.streams.logs.kafka.errors import TopicsMissing
from untaken.streams.logs.kafka.fetching import Fetcher
from untaken.streams.logs.kafka.naming import TopicPartition, topic_name
from untaken.streams.published.form.progress import NotProgress, Progress, progress_of
from untaken.streams.published.form.records import PROGRESS_TOPIC

Take = Callable[[TopicPartition, list[Any]], None]
"""Called with some raw records of a partition, in order."""

Ends = dict[TopicPartition, int]

_FIRST_LOOK = 64


class Found(NamedTuple):
    """A raw record that was looked for."""

    progress: Progress
    timestamp_ms: int


class StateReader:
    """Reads committed records of one cluster's state topics; to be used within one event loop."""

    def __init__(self, address: Address, fetcher: Fetcher, counts: Mapping[str, int]) -> None:
        self.address = address
        self._fetcher = fetcher
        self._counts = counts

    def partitions(self, topics: Iterable[str]) -> list[TopicPartition]:
        """Return all partitions of topics by their bare names; raises TopicsMissing where there is no such topic."""
        names = [topic_name(self.address.options.prefix, topic) for topic in topics]
        missing = [name for name in names if name not in self._counts]
        if missing:
            raise TopicsMissing(self.address.url, missing)
        return [TopicPartition(name, number) for name in names for number in range(self._counts[name])]

    def place(self, topic: str, partition: int) -> TopicPartition:
        """Return the partition of a topic by its bare name."""
        return TopicPartition(topic_name(self.address.options.prefix, topic), partition)

    async def ends(self, places: Iterable[TopicPartition]) -> Ends:
        """Return the offset after the last committed record of each partition."""
        return await self._fetcher.ends(places)

    async def read(self, starts: Mapping[TopicPartition, int], ends: Ends, take: Take) -> Ends:
        """Hand over everything from `starts` (the beginning where left out) to `ends`; return where it ended."""
        firsts = await self._fetcher.firsts(ends)
        at = {place: max(starts.get(place, 0), firsts[place]) for place in ends}
        while open_ones := {place: offset for place, offset in at.items() if offset < ends[place]}:
            for fetched in await self._fetcher.fetch(open_ones, list, wait_s=0.2):
                take(fetched.place, fetched.taken)
                at[fetched.place] = fetched.following
        return at

    async def last_progress(self, partition: int) -> Found | None:
        """Return what the last publication of a partition said; None if nothing was ever published of it."""
        place = self.place(PROGRESS_TOPIC, partition)
        end = (await self.ends([place]))[place]
        first = (await self._fetcher.firsts([place]))[place]
        found: list[Found] = []
        back = _FIRST_LOOK
        while not found and first < end:
            start = max(first, end - back)
            await self.read(
                {place: start}, {place: end}, lambda _, records: found.extend(_progresses(records))
            )
            if start == first:
                break
            back *= 8
        return found[-1] if found else None


@asynccontextmanager
async def state_reader(address: Address) -> AsyncIterator[StateReader]:
    """Open a reader; raises a `LogError` in words where the cluster cannot be reached."""
    connector = Connector(address)
    client = await connector.client(Deadline(connector.patience_s))
    try:
        with connector.explained("list the topics"):
            counts = await partition_counts(client, address.options.prefix)
        yield StateReader(address, Fetcher(connector, client), counts)
    finally:
        await client.close()


def _progresses(records: Iterable[Any]) -> list[Found]:
    """Return what is progress among records of its topic; what is not ours does not count."""
    found = []
    for record in records:
        if record.value is None or b"/" in (record.key or b"/"):
            continue
        try:
            found.append(Found(progress_of(bytes(record.value)), record.timestamp))
        except NotProgress:
            continue
    return found
