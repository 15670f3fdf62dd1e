"""Topics read at very different speeds from offset 0: the same tables, and what memory the worker took at most.

For each of several sizes three times the same events: all of them there; the market there as a whole and everything else trickling in while
the worker reads; and the reverse.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import chain

import orjson
import polars as pl

from benchmarks.kafka.ground import Ground, Watch, WorkerProcess, ends_of
from benchmarks.long_log import chunks
from benchmarks.mixed_log import batched
from untaken.projections.catalogue import PROJECTIONS
from untaken.replay.digest import digest
from untaken.replay.rebuild import tables_of
from untaken.schemas.times import instant, to_us
from untaken.streams.chain.chain import Chain
from untaken.streams.logs.base import Entry, topic_of_entry
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.store.state import State

APPEND = 10_000
TRICKLES = 30
PAUSE_S = 0.3

Digests = dict[str, str]


def run(ground: Ground, sizes: Sequence[int]) -> None:
    """Print peaks by size, and whether the tables are the same."""
    for events in sizes:
        _run(ground, events)


def _run(ground: Ground, events: int) -> None:
    entries = [_accepted(entry) for entry in chain.from_iterable(chunks(events, size=10_000))]
    market = [entry for entry in entries if topic_of_entry(entry) == "market"]
    others = [entry for entry in entries if topic_of_entry(entry) != "market"]
    plain = _worked_off(ground, f"{events} all there", entries, [])
    for name, first, later in (("market first", market, others), ("market last", others, market)):
        if _worked_off(ground, f"{events} {name}", first, later) != plain:
            raise SystemExit(f"the tables after {name} are DIFFERENT")
        print(f"{'':<22}the same tables", flush=True)


def _accepted(entry: Entry) -> Entry:
    """Let an event be accepted when it happened, so that all three logs say the same."""
    return entry._replace(appended_at=to_us(instant(orjson.loads(entry.value)["at"])))


def _worked_off(ground: Ground, name: str, first: Sequence[Entry], later: Sequence[Entry]) -> Digests:
    """Return the digest of every table after one part was there and another came bit by bit."""
    log = ground.log(f"m{name.replace(' ', '-')}")
    for part in batched(first, APPEND):
        log.append(part)
    with Watch(log) as watch:
        worker = WorkerProcess(ground, log).wait_until_served(log.partitions)
        for part in batched(later, max(1, len(later) // TRICKLES)):
            log.append(part)
            time.sleep(PAUSE_S)
        took = watch.wait(ends_of(log)) - worker.began_s
        count = len(first) + len(later)
        print(
            f"{name:<22}{count:,} events in {took:.0f} s, processor {worker.processor_s:.0f} s, "
            f"peak of the worker {worker.peak_mib:,.0f} MiB",
            flush=True,
        )
        worker.stop()
    found = _digests(ground, log)
    log.close()
    return found


def _digests(ground: Ground, log: KafkaLog) -> Digests:
    """Return the digests of the tables of all partitions together, from the states."""
    states = [State(ground.states(log).state_file(number), writer=False) for number in range(log.partitions)]
    parts = [dict(tables_of(Chain(state))) for state in states]
    for state in states:
        state.close()
    found = {name: pl.concat([part[name] for part in parts]).sort("ref") for name in ("ledger", "trades")}
    for projection in PROJECTIONS:
        found[projection.name] = projection.merge([part[projection.name] for part in parts])
    return {name: digest(table) for name, table in found.items()}
