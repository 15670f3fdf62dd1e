"""A log of few partitions, and the address of its broker."""

from collections.abc import Iterator

import pytest

from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_kafka


@pytest.fixture
def log(broker: str, prefix: str) -> Iterator[KafkaLog]:
    opened = open_kafka(broker, KafkaOptions(prefix=prefix, partitions=2))
    yield opened
    opened.close()
