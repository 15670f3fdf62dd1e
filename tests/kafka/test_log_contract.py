"""The log on a real broker passes the contract."""

from collections.abc import Callable

import pytest

from tests.streams.logs.contract import LogContract
from untaken.streams.logs import Log, open_log
from untaken.streams.logs.kafka.options import KafkaOptions


class TestKafkaLog(LogContract):
    @pytest.fixture
    def make(self, broker: str, prefix: str) -> Callable[[], Log]:
        return lambda: open_log(broker, kafka=KafkaOptions(prefix=prefix, partitions=4))
