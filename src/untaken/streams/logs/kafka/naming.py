"""Names of topics and streams."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from untaken.schemas.registry import SYMBOL_TOPICS, TOPICS

STATE_TOPICS = ("ledger", "trades", "tables", "progress")
"""Compacted topics: what workers have made of the facts of each partition."""

DERIVED_TOPICS = ("shadow-fills", "shadow-outcomes")
"""Topics of derived events, for whoever follows shadow trades: written by workers, partition by partition."""

SINGLE_TOPICS = tuple(
    topic
    for topic in TOPICS
    if topic not in SYMBOL_TOPICS and topic not in STATE_TOPICS and topic not in DERIVED_TOPICS
)
"""Topics of facts and conclusions that have one partition."""

FACT_TOPICS = (*SYMBOL_TOPICS, *SINGLE_TOPICS)
"""Topics that make up the log."""

ALL_TOPICS = (*FACT_TOPICS, *STATE_TOPICS, *DERIVED_TOPICS)
"""Topics that are made for a log."""

_READ_ORDER = ("settings", "market", *(topic for topic in SYMBOL_TOPICS if topic != "market"))
"""Ranks of events of one time, as far as topics tell them."""

_BARE = re.compile(r"[a-z][a-z0-9-]*")
_STREAM = re.compile(r"(?P<topic>[a-zA-Z0-9._-]{1,249})\[(?P<partition>\d+)\]")


class TopicPartition(NamedTuple):
    """One partition of a topic, by the topic's full name."""

    topic: str
    partition: int


def topic_name(prefix: str, bare: str) -> str:
    return prefix + bare


def bare_name(prefix: str, topic: str) -> str:
    return topic.removeprefix(prefix)


def stream_name(topic: str, partition: int) -> str:
    """Return the name of a partition in positions and batches, such as `untaken.market[3]`."""
    return f"{topic}[{partition}]"


def partition_of_stream(stream: str) -> TopicPartition:
    """Return the partition that a stream's name names; raise ValueError if it names none."""
    found = _STREAM.fullmatch(stream)
    if found is None:
        raise ValueError(f"{stream!r} is no partition of a topic")
    return TopicPartition(found["topic"], int(found["partition"]))


def is_of_prefix(prefix: str, topic: str) -> bool:
    """Say whether a topic belongs to a log, and not to another whose prefix only begins alike."""
    return topic.startswith(prefix) and _BARE.fullmatch(topic, len(prefix)) is not None


def log_topics(prefix: str, topics: Iterable[str]) -> list[str]:
    """Return those topics (full names) that make up the log, in the order in which equal times are read."""
    known = {topic_name(prefix, bare): place for place, bare in enumerate(_READ_ORDER)}
    state = {topic_name(prefix, bare) for bare in (*STATE_TOPICS, *DERIVED_TOPICS)}
    mine = (topic for topic in topics if is_of_prefix(prefix, topic) and topic not in state)
    return sorted(mine, key=lambda topic: (known.get(topic, len(known)), topic))


def partition_streams(prefix: str, counts: Mapping[str, int], partition: int) -> list[TopicPartition]:
    """Return what the chain of one partition reads: its part of every topic keyed by symbol, and the settings.

    What has a single partition and is nobody's in particular (dead letters, drills, ...) is read with the first.
    """
    found = []
    for topic in log_topics(prefix, counts):
        bare = bare_name(prefix, topic)
        if bare in SYMBOL_TOPICS:
            found.append(TopicPartition(topic, partition))
        elif bare == "settings" or partition == 0:
            found += [TopicPartition(topic, number) for number in range(counts[topic])]
    return found


def all_streams(prefix: str, counts: Mapping[str, int]) -> list[TopicPartition]:
    """Return every partition of the log."""
    topics = log_topics(prefix, counts)
    return [TopicPartition(topic, number) for topic in topics for number in range(counts[topic])]
