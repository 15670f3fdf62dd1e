"""The archive passes the contract of logs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.streams.logs.builders import Ticking
from tests.streams.logs.contract import LogContract
from untaken.streams.logs import Log, open_log


class TestArchiveLog(LogContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[], Log]:
        return lambda: open_log(f"parquet:///{tmp_path / 'archive'}", clock=Ticking())
