"""The embedded engine from SQLite to updated tables, beside the least a reader of the log could do.

The least is fetching the same rows and parsing each payload with orjson, keeping nothing. Seconds are of one
core's time (the process's CPU), with polars on one thread.

    POLARS_MAX_THREADS=1 python -m benchmarks.engine_throughput [--events 1000000]
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from pathlib import Path

import orjson

from benchmarks.mixed_log import batched, entries
from untaken.streams.engine import Engine, state_path
from untaken.streams.logs.base import Log
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State


def warmed_up() -> None:
    """Compile what is compiled on first use, and leave garbage collection as `untaken run` does."""
    log = open_log("memory://")
    log.append(list(entries(3_000)))
    Engine(log, State(None)).run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    gc.freeze()


def engine_seconds(log: Log, url: str) -> float:
    state = State(state_path(url))
    began = time.process_time()
    Engine(log, state).run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    seconds = time.process_time() - began
    state.close()
    return seconds


def bare_seconds(log: Log) -> float:
    began = time.process_time()
    position = log.start()
    while len(batch := log.read(position, 100_000)):
        for payload in batch.frame["value"]:
            orjson.loads(payload)
        position = batch.position
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=500_000)
    count: int = parser.parse_args().events
    warmed_up()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        log = open_log(url)
        for chunk in batched(entries(count), 5_000):
            log.append(list(chunk))
        bare, ours = bare_seconds(log), engine_seconds(log, url)
        log.close()
    print(f"engine, SQLite to updated tables  {count / ours:>10,.0f} events/s a core")
    print(
        f"bare read and orjson              {count / bare:>10,.0f} events/s a core, engine at {bare / ours:.2f} of it"
    )


if __name__ == "__main__":
    main()
