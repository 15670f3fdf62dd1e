"""Memory and time of a rebuild against the size of the log; each size in a process of its own.

python -m benchmarks.rebuild_memory [--events 1000000 10000000]

A log that is there already, also one that is still being written far ahead, with a line for every part of it:

python -m benchmarks.rebuild_memory --of sqlite:////tmp/long.db --until 100000000 --every 10000000
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.long_log import written
from untaken.replay.rebuild import rebuild
from untaken.streams.chain.chain import Applied
from untaken.streams.logs.base import STREAM
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State


@dataclass
class Meter:
    """What a rebuild has taken so far: wall and processor time, and the peak of resident memory."""

    every: int
    events: int = 0
    shown: int = 0
    wall_s: float = field(default_factory=time.perf_counter)
    processor_s: float = field(default_factory=time.process_time)

    def count(self, applied: Applied) -> None:
        self.events += applied.records
        if self.every and self.events >= self.shown + self.every:
            self.shown = self.events
            print(self.line(), flush=True)

    def line(self) -> str:
        wall, processor = time.perf_counter() - self.wall_s, time.process_time() - self.processor_s
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rates = f"{self.events / wall:>8,.0f} events/s, {self.events / processor:>8,.0f} a core"
        return f"{self.events:>12,} events  {rates}, peak {peak:,.0f} MiB"


def rebuilt(url: str, scratch: Path, until: int | None, every: int) -> str:
    log = open_log(url)
    state = State(scratch)
    meter = Meter(every)
    rebuild(log, state, until=None if until is None else {STREAM: until + 1}, progress=meter.count)
    line = meter.line()
    state.close()
    log.close()
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--of", metavar="URL", help="rebuild this log (used by itself)")
    parser.add_argument("--until", type=int, metavar="OFFSET", help="only its first events")
    parser.add_argument("--every", type=int, default=0, help="print a line whenever so many more are done")
    chosen = parser.parse_args()
    if chosen.of:
        with tempfile.TemporaryDirectory() as folder:
            print(rebuilt(chosen.of, Path(folder) / "rebuilt.db", chosen.until, chosen.every))
        return
    for count in chosen.events:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'bench.db'}"
            log = open_log(url)
            written(log, count)
            log.close()
            command = [sys.executable, "-m", "benchmarks.rebuild_memory", "--of", url]
            done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # own module
        print(f"rebuild of {done.stdout.strip()}")


if __name__ == "__main__":
    main()
