"""What a worker takes of memory does not follow from how much waits for it."""

from pathlib import Path

import pytest

from tests.kafka.worker.ground import Ground, until
from tests.kafka.worker.processes import WorkerProcess
from tests.kafka.worker.test_worker_tables import facts
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_kafka

RECORDS = 10_000
TIMES = 10
MOST_MIB = 32.0
"""Between a backlog and one ten times as long, which is 27 MB of events longer: what allocators keep, and no more."""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="peaks are read from /proc, which is Linux's"
)
def test_a_backlog_of_one_topic_is_not_held_in_memory(broker: str, prefix: str, tmp_path: Path) -> None:
    short = peak_mib(broker, f"{prefix}a.", tmp_path / "short", RECORDS)
    long = peak_mib(broker, f"{prefix}b.", tmp_path / "long", RECORDS * TIMES)

    assert long - short < MOST_MIB


def peak_mib(broker: str, prefix: str, states: Path, records: int) -> float:
    """Return what a worker took at most to read so many bars, most of them copies, and a few signals beside them.

    Copies are read and judged like anything else and leave nothing behind, so that only reading takes memory.
    """
    log = open_kafka(broker, KafkaOptions(prefix=prefix, partitions=1))
    entries = facts(5, signals=20)
    bars = [entry for entry in entries if entry.type == "market.bar"]
    log.append(entries)
    for _ in range(records // len(bars)):
        log.append(bars)
    worker = WorkerProcess(log.url, states, batch_records=2_000)
    ground = Ground(log, states)
    until(lambda: ground.lag() == 0)
    peak = worker.peak_mib
    worker.stop()
    log.close()
    return peak
