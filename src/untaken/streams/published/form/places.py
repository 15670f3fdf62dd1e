"""Where a record lies: bare topic and partition, from the name of its stream."""

from __future__ import annotations

from typing import NamedTuple

from untaken.streams.logs.kafka.naming import bare_name, partition_of_stream


class Place(NamedTuple):
    """A partition of a topic by its bare name."""

    topic: str
    partition: int


def place_of(stream: str, prefix: str) -> Place:
    """Return the place of a stream such as `untaken.market[3]`; the one stream of another engine is its own topic."""
    try:
        topic, partition = partition_of_stream(stream)
    except ValueError:
        return Place(stream, 0)
    return Place(bare_name(prefix, topic), partition)
