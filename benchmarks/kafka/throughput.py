"""From topics to updated and published projections: one worker, two, stock Faust, a bare loop; one broker, one run.

Workers join, take in some first events (a process that has just begun loads and compiles), are held still while
their topics are filled, and are let go: measured is from then until the last publication can be read. The others are measured from their first event to their last;
stock Faust is stopped after a while, its rate is that of the events until then.
"""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import islice
from typing import NamedTuple

from benchmarks.kafka.ground import Ground, Watch, WorkerProcess, ends_of
from benchmarks.long_log import chunks
from untaken.streams.logs.kafka.log import KafkaLog

STOCK_S = 40.0
WARM = 30_000
APPEND = 10_000


class Took(NamedTuple):
    """What some events took."""

    events: int
    wall_s: float
    processor_s: float
    batches: int | None = None
    """How many publications it took, where there are any."""

    @property
    def of_a_core(self) -> float:
        """Events a second of processor time."""
        return self.events / self.processor_s

    def line(self, who: str) -> str:
        batches = "" if self.batches is None else f", {self.batches} batches"
        rates = f"{self.events / self.wall_s:>9,.0f}/s, {self.of_a_core:>9,.0f}/s a core"
        return f"{who:<24}{self.events:>10,} events {rates}{batches}"


def run(ground: Ground, events: int) -> None:
    """Print the rates and their ratios."""
    log = ground.log("one")
    one = of_workers(ground, log, events, 1)
    bare = _beside("bare_loop", log.url)
    stock = _beside(
        "stock_faust", log.url, str(one.events - 1_000), str(STOCK_S), str(ground.folder / "faust")
    )
    log.close()
    other = ground.log("two")
    two = of_workers(ground, other, events, 2)
    other.close()
    for who, took in (("one worker", one), ("stock Faust", stock), ("bare loop", bare), ("two workers", two)):
        print(took.line(who))
    for who, took in (("stock Faust", stock), ("the bare loop", bare)):
        ratio, wall = one.of_a_core / took.of_a_core, one.events / one.wall_s * took.wall_s / took.events
        print(f"one worker at {ratio:.2f} of {who} in processor time, {wall:.2f} on the wall")
    print(f"two workers at {one.wall_s / two.wall_s:.2f} of one on the wall", flush=True)


def of_workers(ground: Ground, log: KafkaLog, events: int, workers: int) -> Took:
    """Let so many workers work off so many events."""
    with Watch(log) as watch:
        team = [WorkerProcess(ground, log, number=n, session_s=120) for n in range(workers)]
        for worker in team:
            worker.wait_until_served(log.partitions // workers)
        parts = chunks(events + WARM, size=APPEND)
        log.append([entry for part in islice(parts, WARM // APPEND + 1) for entry in part])
        watch.wait(ends_of(log))
        for worker in team:
            worker.hold()
        count = sum(len(log.append(part)) for part in parts if part)
        published = len(watch.seen)
        ends, before, began = ends_of(log), sum(worker.processor_s for worker in team), time.monotonic()
        for worker in team:
            worker.let_go()
        wall_s = watch.wait(ends) - began
        processor_s = sum(worker.processor_s for worker in team) - before
        batches = len(watch.seen) - published
        for worker in team:
            worker.stop()
    return Took(count, wall_s, processor_s, batches)


def _beside(module: str, *arguments: str) -> Took:
    command = [sys.executable, "-m", f"benchmarks.kafka.{module}", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - own module
    events, wall, processor = done.stdout.split()[-3:]
    return Took(int(events), float(wall), float(processor))
