"""A report over 24 hours, and over everything, on a log with many signals.

python -m benchmarks.report_latency [--signals 100000]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.mixed_log import batched, entries
from untaken.streams.engine import Engine, state_path
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State
from untaken.streams.view import View
from untaken.web.reports.document import Asked, document

EVENTS_PER_SIGNAL = 53


def seconds_of(url: str, asked: Asked) -> float:
    state = State(state_path(url), writer=False)
    began = time.perf_counter()
    document(View(state), asked, log=url, version="bench", now=None, lag=0)
    seconds = time.perf_counter() - began
    state.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signals", type=int, default=20_000)
    signals: int = parser.parse_args().signals
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        log = open_log(url)
        for chunk in batched(entries(signals * EVENTS_PER_SIGNAL), 20_000):
            log.append(list(chunk))
        Engine(log, State(state_path(url))).run(until_idle=True, progress=lambda _: None, stop=lambda: False)
        log.close()
        day = min(seconds_of(url, Asked(hours=24.0)) for _ in range(3))
        whole = min(seconds_of(url, Asked(hours=None)) for _ in range(3))
    print(
        f"report on about {signals:,} signals   24 h {day * 1000:,.0f} ms, everything {whole * 1000:,.0f} ms"
    )


if __name__ == "__main__":
    main()
