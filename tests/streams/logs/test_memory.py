"""The log in memory passes the contract."""

from collections.abc import Callable

import pytest

from tests.streams.logs.builders import Ticking, signal, values_of
from tests.streams.logs.contract import GivenClockContract
from untaken.streams.logs import Log, open_log


class TestMemoryLog(GivenClockContract):
    @pytest.fixture
    def make(self) -> Callable[[], Log]:
        return lambda: open_log("memory://", clock=Ticking())


def test_two_logs_in_memory_have_nothing_in_common() -> None:
    one, other = open_log("memory://"), open_log("memory://")
    one.append([signal(1)])

    assert values_of(other) == []
