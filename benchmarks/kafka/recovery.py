"""Back at work: after kill -9 from the state, and from the topics alone.

A log of a signal in every second bar, each with its guards and fills, so that some nine in ten are closed and one
in ten is open. A worker takes it in for the first time, is killed while it works on a last part, goes on from its
state, and at last computes everything again without one. After the kill the group waits for `session_s` until it lets
a successor in, which is part of the time and told apart.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import deque
from collections.abc import Iterable

import polars as pl

from benchmarks.kafka.ground import PATIENCE_S, Ground, Watch, WorkerProcess, ends_of
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
SLOWEST = 500
"""Events a second below which it is given up."""


def run(ground: Ground, signals: int) -> None:
    """Print how long it takes with so many signals, a tenth of them open."""
    shape = Shape(max(1, round(signals / SIGNALS_PER_BAR / MINUTES)), SIGNALS_PER_BAR)
    log = ground.log("recovery")
    events = round(signals / SIGNALS_PER_BAR * (1 + SIGNALS_PER_BAR * 7))
    patience_s = max(PATIENCE_S, events / SLOWEST)
    parts = chunks(events, shape, size=max(1_000, events // PARTS))
    began = time.monotonic()
    count, last = _all_but_the_last(log, parts)
    print(f"{count:,} events appended in {time.monotonic() - began:.0f} s", flush=True)
    with Watch(log) as watch:

        def recovered(what: str, not_of: frozenset[str] = frozenset()) -> WorkerProcess:
            ends = ends_of(log)
            worker = WorkerProcess(ground, log, session_s=SESSION_S).wait_until_served(log.partitions)
            served_s = time.monotonic() - worker.began_s
            took_s = watch.wait(ends, not_of, patience_s) - worker.began_s
            print(
                f"{what}: {took_s:.1f} s, of which until it was given the partitions {served_s:.1f} s; "
                f"processor {worker.processor_s:.1f} s, peak {worker.peak_mib:,.0f} MiB "
                f"(load {os.getloadavg()[0]:.0f})",
                flush=True,
            )
            return worker

        worker = recovered("(a) from the topics, of which nobody has published anything yet")
        closed, still_open = _signals(ground, log)
        print(f"    {closed:,} closed and {still_open:,} open signals, {count:,} events", flush=True)
        for part in last:
            log.append(part)
        worker.kill()
        rest = sum(map(len, last))
        worker = recovered(f"(b) from the state after kill -9, the last {rest:,} events not or half taken in")
        worker.stop()
        shutil.rmtree(ground.states(log).state_directory)
        recovered(
            "(c) from the topics without a state, and compared with what is published", watch.states
        ).stop()
    log.close()


def _all_but_the_last(log: KafkaLog, parts: Iterable[list[Entry]]) -> tuple[int, list[list[Entry]]]:
    """Append parts; return how many events that was, and the last parts, which were not appended."""
    count, held = 0, deque[list[Entry]]()
    for part in filter(None, parts):
        held.append(part)
        if len(held) > LAST:
            count += len(log.append(held.popleft()))
    return count, list(held)


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
