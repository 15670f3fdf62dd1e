"""A log of a few partitions, and a place for the states of its workers."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.worker.ground import PARTITIONS, Ground
from tests.kafka.worker.processes import RUNNING
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_kafka


@pytest.fixture
def log(broker: str, prefix: str) -> Iterator[KafkaLog]:
    opened = open_kafka(broker, KafkaOptions(prefix=prefix, partitions=PARTITIONS))
    yield opened
    opened.close()


@pytest.fixture
def ground(log: KafkaLog, tmp_path: Path) -> Ground:
    return Ground(log, tmp_path / "state")


@pytest.fixture(autouse=True)
def no_worker_left() -> Iterator[None]:
    yield
    while RUNNING:
        RUNNING.pop().kill()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell at the end of a run what was done to workers and brokers."""
    told: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                told.update(str(value) for name, value in report.user_properties if name == "disturbed")
    if told:
        terminalreporter.section(f"{told.total()} disturbances of workers and brokers")
        for name, times in sorted(told.items()):
            terminalreporter.line(f"{times:6} {name}")
