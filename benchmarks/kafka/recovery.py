"""Back at work: after kill -9 from the state, and from the topics alone.

A log of a signal in every second bar, each with its guards and fills, so that some nine in ten are closed and one
in ten is open. The worker is killed while it works on a last part; the group waits for `session_s` until it lets
a successor in, which is part of the time and told apart.
"""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Iterable

import polars as pl

from benchmarks.kafka.ground import Ground, Watch, WorkerProcess, ends_of
from benchmarks.long_log import Shape, chunks
from untaken.streams.chain.chain import Chain
from untaken.streams.logs.base import Entry
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.store.state import State

MINUTES = 825
"""Of these, some 75 at the end leave their signals open: they are held for two hours, the last exit is reported after 45 minutes."""

SIGNALS_PER_BAR = 0.5
PARTS = 40
LAST = 2
SESSION_S = 15


def run(ground: Ground, signals: int) -> None:
    """Print how long it takes with so many signals, a tenth of them open."""
    shape = Shape(max(1, round(signals / SIGNALS_PER_BAR / MINUTES)), SIGNALS_PER_BAR)
    log = ground.log("recovery")
    events = round(signals / SIGNALS_PER_BAR * (1 + SIGNALS_PER_BAR * 7))
    parts = chunks(events, shape, size=max(1_000, events // PARTS))
    with Watch(log) as watch:
        worker = WorkerProcess(ground, log, session_s=SESSION_S).wait_until_served(log.partitions)
        count, last = _all_but_the_last(log, parts)
        watch.wait(ends_of(log))
        for part in last:
            log.append(part)
        rest = sum(map(len, last))
        worker.kill()
        worker, line = _recovered(ground, log, watch, frozenset())
        worker.stop()
        closed, still_open = _signals(ground, log)
        print(f"recovery with {closed:,} closed and {still_open:,} open signals, {count + rest:,} events")
        print(f"(a) from the state after kill -9, the last {rest:,} events not or half taken in: {line}")
        shutil.rmtree(ground.states(log).state_directory)
        worker, line = _recovered(ground, log, watch, watch.states)
        print(f"(b) from the topics without a state: {line}", flush=True)
        worker.stop()
    log.close()


def _all_but_the_last(log: KafkaLog, parts: Iterable[list[Entry]]) -> tuple[int, list[list[Entry]]]:
    """Append parts; return how many events that was, and the last parts, which were not appended."""
    count, held = 0, deque[list[Entry]]()
    for part in filter(None, parts):
        held.append(part)
        if len(held) > LAST:
            count += len(log.append(held.popleft()))
    return count, list(held)


def _recovered(
    ground: Ground, log: KafkaLog, watch: Watch, not_of: frozenset[str]
) -> tuple[WorkerProcess, str]:
    ends = ends_of(log)
    worker = WorkerProcess(ground, log, session_s=SESSION_S).wait_until_served(log.partitions)
    served = time.monotonic()
    until = watch.wait(ends, not_of)
    line = f"{until - worker.began_s:.1f} s, of which until it was given the partitions {served - worker.began_s:.1f} s"
    return worker, f"{line}; processor {worker.processor_s:.1f} s, peak {worker.peak_mib:,.0f} MiB"


def _signals(ground: Ground, log: KafkaLog) -> tuple[int, int]:
    """How many signals are closed and open, by the states."""
    closed = still_open = 0
    for number in range(log.partitions):
        state = State(ground.states(log).state_file(number), writer=False)
        rows = Chain(state).stores.rows.load_all("ledger").select(pl.col("exit_reason").is_null())
        still_open += int(rows.to_series().sum())
        closed += rows.height - int(rows.to_series().sum())
        state.close()
    return closed, still_open
