"""Appending to the embedded log while another process tails it: time until an event is durable.

Each append is one event, forced to disk. Beside it stands what the disk alone takes for as many bytes (write
and fsync of a plain file), measured alternately in the same run, and the same appends without a reader.

    python -m benchmarks.append_beside_reader
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import FileIO
from itertools import islice
from pathlib import Path

from benchmarks.mixed_log import entries
from untaken.streams.logs.base import Entry, Log
from untaken.streams.logs.opening import open_log

BAR_MS, MOONSHOT_MS = 20.0, 5.0

TAIL = """
import sys
from untaken.streams.logs.opening import open_log
log = open_log(sys.argv[1], read_only=True)
position, wanted, seen = log.start(), int(sys.argv[2]), 0
while seen < wanted and log.wait(position, 60):
    batch = log.read(position, 10_000)
    position, seen = batch.position, seen + len(batch)
    print(seen, flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=3_000, help="appends of each kind")
    count: int = parser.parse_args().events
    events = list(islice(entries(2 * count + 1), 2 * count + 1))
    with tempfile.TemporaryDirectory() as place:
        log = open_log(f"sqlite:///{place}/bench.db")
        log.append(events[:1])
        print(f"{'':26}{'p50':>8}{'p99':>8}{'max':>8}{'disk p50':>10}{'disk p99':>10}   milliseconds")
        alone = measure(log, events[1 : count + 1], Path(place, "plain"))
        show("without a reader", alone)
        with tailing(log.url, 2 * count + 1):
            show("beside a tailing reader", measure(log, events[count + 1 :], Path(place, "plain")))
        log.close()
    print(f"p99: bar {BAR_MS:g}, moonshot {MOONSHOT_MS:g}")


def measure(log: Log, events: list[Entry], plain: Path) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each append, and of the disk alone."""
    ours: list[float] = []
    disk: list[float] = []
    with plain.open("ab", buffering=0) as file:
        for entry in events:
            ours.append(timed(partial(log.append, [entry])))
            disk.append(timed(partial(write_through, file, entry.value)))
    return ours, disk


def write_through(file: FileIO, data: bytes) -> None:
    file.write(data)
    os.fsync(file.fileno())


def show(name: str, taken: tuple[list[float], list[float]]) -> None:
    ours, disk = (statistics.quantiles(times, n=100) for times in taken)
    print(f"{name:26}{ours[49]:8.2f}{ours[98]:8.2f}{max(taken[0]):8.2f}{disk[49]:10.2f}{disk[98]:10.2f}")


@contextmanager
def tailing(url: str, events: int) -> Iterator[None]:
    """Read the log in another process until it has seen everything."""
    reader = subprocess.Popen(  # noqa: S603  # own program
        [sys.executable, "-c", TAIL, url, str(events)], stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    reader.stdout.readline()  # it has started
    yield
    seen = [int(line) for line in reader.stdout]
    assert reader.wait(60) == 0
    assert seen[-1] == events


def timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1e3


if __name__ == "__main__":
    main()
