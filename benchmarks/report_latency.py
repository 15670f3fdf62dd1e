"""A report over 24 hours, and over everything, on a log with many signals (about 1,600 a day).

python -m benchmarks.report_latency [--signals 1000000]

A state that is there already, also one that is being written:

python -m benchmarks.report_latency --of /tmp/bench.state.db
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.long_log import Shape, written
from untaken.streams.engine import Engine, state_path
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State
from untaken.streams.view import View
from untaken.web.reports.document import Asked, document

SHAPE = Shape(symbols=5, signals_per_bar=0.22)
"""Signals as dense a day as in a log of 50 symbols, with a tenth of its bars: a report never reads bars."""
EVENTS_PER_SIGNAL = 11.6
ROUNDS = 5


def made(folder: Path, signals: int) -> Path:
    """Return the state of a log with about so many signals."""
    url = f"sqlite:///{folder / 'bench.db'}"
    path = state_path(url)
    assert path is not None
    log, state = open_log(url), State(path)
    written(log, round(signals * EVENTS_PER_SIGNAL), SHAPE)
    Engine(log, state).run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    state.close()
    log.close()
    return path


def seconds_of(path: Path, asked: Asked) -> tuple[float, float]:
    """Return seconds on the wall and of the processor, from opening the state to the finished document."""
    began, used = time.perf_counter(), time.process_time()
    state = State(path, writer=False)
    document(View(state), asked, log="", version="bench", now=None, lag=0)
    state.close()
    return time.perf_counter() - began, time.process_time() - used


def size_of(path: Path) -> str:
    state = State(path, writer=False)
    signals = state.connection.execute("SELECT count(*) FROM signals").fetchone()[0]
    days = state.connection.execute("SELECT count(*) FROM rows WHERE kind = 'ledger'").fetchone()[0]
    state.close()
    return f"{signals:,} signals on {days:,} days"


def measure(path: Path) -> None:
    print(f"{size_of(path)}; milliseconds, least and median of {ROUNDS}")
    seconds_of(path, Asked(hours=24.0))  # what is imported and compiled on first use
    for name, asked in (("24 hours", Asked(hours=24.0)), ("everything", Asked(hours=None))):
        taken = [seconds_of(path, asked) for _ in range(ROUNDS)]
        wall, processor = (sorted(times) for times in zip(*taken, strict=True))
        shown = (f"{times[0] * 1e3:,.0f} and {times[ROUNDS // 2] * 1e3:,.0f}" for times in (wall, processor))
        print("{:12} on the wall {}, of the processor {}".format(name, *shown))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signals", type=int, default=20_000)
    parser.add_argument("--of", type=Path, metavar="FILE", help="measure this state")
    chosen = parser.parse_args()
    if chosen.of:
        measure(chosen.of)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(made(Path(folder), chosen.signals))


if __name__ == "__main__":
    main()
