"""Logs of several partitions, and of one."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_kafka


@contextmanager
def opened(broker: str, prefix: str, partitions: int) -> Iterator[KafkaLog]:
    log = open_kafka(broker, KafkaOptions(prefix=prefix, partitions=partitions))
    try:
        yield log
    finally:
        log.close()


@pytest.fixture
def log(broker: str, prefix: str) -> Iterator[KafkaLog]:
    with opened(broker, prefix, 3) as log:
        yield log


@pytest.fixture
def undivided(broker: str, prefix: str) -> Iterator[KafkaLog]:
    """Give a log of one partition, where facts that contradict each other's symbols still meet."""
    with opened(broker, prefix, 1) as log:
        yield log
