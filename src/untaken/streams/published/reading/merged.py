"""The merged view: projections of all partitions and workers, from the compacted topics alone."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from shlex import quote
from typing import Any

import polars as pl

from untaken.projections.figures import Figures
from untaken.schemas.registry import topic_of
from untaken.streams.chain import intake
from untaken.streams.chain.chain import BEGINNING
from untaken.streams.engine import log_context
from untaken.streams.logs.kafka.admin import TOMBSTONES_KEPT_S
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.loop import completed
from untaken.streams.logs.kafka.naming import TopicPartition
from untaken.streams.published.form.letters import still_refused
from untaken.streams.published.form.records import LETTERS_TOPIC, PROGRESS_TOPIC, ROW_TOPICS
from untaken.streams.published.reading.caching import open_cache
from untaken.streams.published.reading.committed import Ends, StateReader, state_reader
from untaken.streams.published.reading.freshness import PartitionFreshness, freshness
from untaken.streams.published.reading.merging import Merging, progresses, streams_of
from untaken.streams.store.state import State
from untaken.streams.view import NothingPublished, View, each_once

GOES_ON_WITHIN_S = TOMBSTONES_KEPT_S - 86_400
"""A cache that was not looked at for longer is read anew."""


class MergedView(View):
    """What all workers of a log have published, read at one moment."""

    def __init__(self, state: State, log: KafkaLog) -> None:
        super().__init__(state)
        self._log = log
        known = progresses(state)
        self.context = log_context(log)
        self.freshness: list[PartitionFreshness] = freshness(known, log.end(), log.prefix, log.partitions)
        """By partition: how much its last publication lacks, and how old it is."""
        marks = [each.watermark for each in self.freshness if each.watermark is not None]
        self.slowest_watermark = min(marks, default=BEGINNING)
        self._unread_ones = sum(each.progress.unread for each in known.values())
        self.foreign = int(state.get("foreign") or 0)
        """Records in the state topics that no worker of ours has written."""

    @property
    def lag(self) -> int:
        """Records of the log that nobody has published the results of yet."""
        return sum(each.behind for each in self.freshness)

    def freshness_figures(self, now: int) -> list[Figures]:
        """Return how fresh what each partition published is."""
        return [each.figures(now) for each in self.freshness]

    def refused(self) -> pl.DataFrame:
        """Return what was refused, but for what came too late or early by settings that hold no more."""
        return still_refused(super().refused(), self.context.timeline)

    def events(self, *names: str) -> list[pl.DataFrame]:
        """Return the accepted events of these types, from the log: a merged state holds no facts."""
        topics = sorted({topic_of(name) for name in names} - {"settings"})
        read = [self._log.settings_records(), *(self._log.topic_records(topic) for topic in topics)]
        records = pl.concat([topic.frame for topic in read])
        return each_once(intake.read(records, self.context.timeline).facts, names)

    def _codes(self) -> Counter[str]:
        return Counter(self.refused()["code"].to_list())

    def _unread(self) -> int:
        return self._unread_ones


@contextmanager
def merged_view(
    log: KafkaLog, cache: Path | None = None, clock: Callable[[], float] = time.time
) -> Iterator[MergedView]:
    """Read what is new in the topics into the cache, and open a view of it; in memory without one.

    Raises NothingPublished where no partition has ever been published.
    """
    state = open_cache(cache)
    try:
        completed(_refreshed(log, state, round(clock())))
        if not progresses(state):
            raise NothingPublished(
                f"{log.url}: no worker has published anything yet; start one: untaken worker --log {quote(log.url)}"
            )
        yield MergedView(state, log)
    finally:
        state.close()


async def _refreshed(log: KafkaLog, state: State, now_s: int) -> None:
    """Bring a merged state up to what is published now."""
    async with state_reader(log.address) as reader:
        if _is_too_old(state, now_s) or not await _follows(reader, state, log.prefix):
            with state.transaction():
                state.clear()
                state.put("refreshed", str(now_s))
        merging = Merging(state, log.prefix)
        saying = reader.partitions([PROGRESS_TOPIC])
        await _read(reader, merging, await reader.ends(saying))
        merging.flush()
        # Read after the progress, the rest is never older than what the progress says of it.
        said = progresses(state)
        places = reader.partitions([*ROW_TOPICS, "tables", LETTERS_TOPIC])
        ends = await reader.ends(places)
        for number, known in said.items():
            for topic, end in known.progress.ends.items():
                place = reader.place(topic, number)
                if place in ends:
                    ends[place] = max(ends[place], end)
        await _read(reader, merging, ends)
        merging.flush()
        merging.settle()


def _is_too_old(state: State, now_s: int) -> bool:
    """Whether the topics may have forgotten what they told of as deleted; note that it was looked at now."""
    known = state.get("refreshed")
    with state.transaction():
        state.put("refreshed", str(now_s))
    return known is not None and now_s - int(known) > GOES_ON_WITHIN_S


async def _read(reader: StateReader, merging: Merging, ends: Ends) -> None:
    reached = await reader.read(streams_of(ends, merging.positions), ends, merging.take)
    merging.stand_at(reached)


async def _follows(reader: StateReader, state: State, prefix: str) -> bool:
    """Whether the topics still say what the merged state has read there: else they were made anew meanwhile."""
    positions = Merging(state, prefix).positions
    known = progresses(state)
    places = reader.partitions([PROGRESS_TOPIC])
    read = {place: offset for place, offset in streams_of(places, positions).items() if offset > 0}
    if any(place.partition not in known for place in read):
        return False
    starts = {place: known[place.partition].offset for place in read}
    found: dict[int, str] = {}

    def take(place: TopicPartition, records: list[Any]) -> None:
        for record in records:
            if record.offset == starts[place]:
                found[place.partition] = sha256(bytes(record.value or b"")).hexdigest()

    ends = await reader.ends(read)
    if any(ends[place] < offset for place, offset in read.items()):
        return False
    await reader.read(starts, {place: starts[place] + 1 for place in read}, take)
    wanted = {
        number: sha256(known[number].value).hexdigest() for number in (place.partition for place in read)
    }
    return found == wanted
