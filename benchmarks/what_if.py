"""What-if and sweeps, beside what one would write instead: DuckDB, a plain Python queue, a bare numba loop.

Seconds of the wall, polars and DuckDB on one thread. The alternatives answer less: no verdict, interval, walk
forward, correction for many scenarios, no base in R, and the loop walks plain doubles without fees or books.

    POLARS_MAX_THREADS=1 python -m benchmarks.what_if [--signals 1000000] [--executed 100000]
"""

from __future__ import annotations

import argparse
import csv
import heapq
import tempfile
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from benchmarks.shadow_execution import bare_loop
from benchmarks.whatif_rows import CODE, DAY_US, GUARD, completed, frame_of, stored
from untaken.replay.whatif.answer import Asked, rows_of, what_if
from untaken.replay.whatif.capacity import Limits, Queue
from untaken.replay.whatif.counting import Tried
from untaken.replay.whatif.executor import Executor
from untaken.replay.whatif.scenario import Scenario
from untaken.replay.whatif.sweeps.answer import Question, sweep
from untaken.replay.whatif.sweeps.grid import grid_of
from untaken.schemas.times import instant, to_us
from untaken.streams.store.prices import PRICES
from untaken.streams.store.state import State
from untaken.streams.view import Filters, View

DAYS = 620
HOUR_US = 3_600_000_000
FEW = 100_000

GRID_SQL = """
SELECT threshold, day, sum(milli_r) FROM (
    SELECT milli_r, confidence, (at_us // 86400000000) AS day FROM signals WHERE counts AND NOT wide
) JOIN thresholds ON confidence >= threshold GROUP BY ALL
"""
ONE_SQL = """
SELECT (at_us // 86400000000) AS day, sum(milli_r), sum(pnl_e8), count(*) FROM signals
WHERE counts AND NOT wide AND confidence >= 0.4 GROUP BY day
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signals", type=int, default=1_000_000)
    parser.add_argument("--executed", type=int, default=100_000)
    chosen = parser.parse_args()
    frame = frame_of(chosen.signals, DAYS)
    with tempfile.TemporaryDirectory() as folder:
        state = stored(frame, Path(folder) / "bench.state.db")
        decisions(View(state), frame)
        capacity(View(state), frame)
        state.close()
    exits(chosen.executed)


def decisions(view: View, frame: pl.DataFrame) -> None:
    print(f"\n{frame.height:,} signals on {DAYS} days; seconds")
    connection = duckdb.connect(config={"threads": 1})
    signals = frame.select(
        "confidence",
        "pnl_e8",
        "milli_r",
        at_us="at",
        counts=pl.col("resolved") & ~pl.col("overlapped"),
        wide=pl.col("blockers").list.contains("spread"),
    )
    thresholds = pl.DataFrame({"threshold": np.arange(1000) / 1000})
    connection.register("signals", signals.to_arrow())
    connection.register("thresholds", thresholds.to_arrow())
    question = Question(grid_of({}, {"thresholds": {CODE: "0:0.999:0.001"}}))
    reading = timed(lambda: rows_of(view, Filters()))
    told("reading the rows, as every question does", reading)
    told("a guard off", timed(lambda: what_if(view, [Scenario(guards_off=(GUARD,))], Asked())))
    one = timed(lambda: what_if(view, [Scenario(thresholds={CODE: 0.4})], Asked()))
    told(
        "a threshold moved",
        one,
        timed(lambda: connection.execute(ONE_SQL).fetchall()),
        "DuckDB, day sums of a flat table",
    )
    many = timed(lambda: sweep(view, question, Tried()))
    told(
        "1,000 thresholds, judged",
        many,
        timed(lambda: connection.execute(GRID_SQL).fetchall()),
        "DuckDB, day sums of a flat table",
    )


def capacity(view: View, frame: pl.DataFrame) -> None:
    rows = frame.drop("ref")
    wanted = np.ones(rows.height, np.bool_)
    limits = Limits(max_positions=5, max_per_symbol=1)
    few = rows.head(min(rows.height, FEW))
    queue = Queue.of(rows)
    plain = timed(lambda: python_queue(few)) * rows.height / few.height
    told(
        "5 positions simulated, from rows",
        timed(lambda: Queue.of(rows).admitted(wanted, limits)),
        plain,
        "Python heapq",
    )
    told(
        "5 positions simulated, once sorted",
        timed(lambda: queue.admitted(wanted, limits)),
        plain,
        "Python heapq",
    )
    question = Question(grid_of({}, {"max_positions": "1:10:1"}))
    told(
        "a sweep of 1 to 10 positions",
        timed(lambda: sweep(view, question, Tried())),
        10 * plain,
        "Python heapq",
    )


def python_queue(rows: pl.DataFrame) -> int:
    """Take signals in order of entry while five are not open."""
    opened: list[int] = []
    taken = 0
    for entry, leave in rows.sort("entry_at").select("entry_at", "exit_at").iter_rows():
        while opened and opened[0] <= entry:
            heapq.heappop(opened)
        if len(opened) < 5:
            heapq.heappush(opened, leave)
            taken += 1
    return taken


def exits(signals: int) -> None:
    """Sweep take-profit and stop on the hours of EUR/USD that the demo brings along."""
    bars = candles()
    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder) / "bench.state.db")
        with state.transaction():
            state.put("watermark", str(int(bars["close_at"][-1]) + 30 * DAY_US))
        View(state).stores.prices.add(bars.select(list(PRICES)))
        rows = entered(bars, signals, View(state))
        state.close()
        opened = stored(
            rows, Path(folder) / "bench.state.db", watermark=int(bars["close_at"][-1]) + 30 * DAY_US
        )
        question = Question(grid_of({}, {"take_profit_pct": "0.1:1:0.1", "stop_loss_pct": "0.1:1:0.1"}))
        print(f"\n{rows.height:,} signals on {bars.height:,} hours of EUR/USD, held up to 140 h; seconds")
        ours = timed(lambda: sweep(View(opened), question, Tried()), runs=1)
        told(
            "take-profit x stop, 100 scenarios, judged",
            ours,
            100 * timed(lambda: bare(bars, rows)),
            "bare numba loop",
        )
        opened.close()


def candles() -> pl.DataFrame:
    text = files("untaken.demo").joinpath("data/EUR_USD-1h.csv").read_text()
    found = list(csv.DictReader(text.splitlines()))
    at = pl.Series(
        [to_us(instant(row["time"] if "time" in row else next(iter(row.values())))) for row in found]
    )
    prices = {
        name: pl.Series([float(row[name]) for row in found]) for name in ("open", "high", "low", "close")
    }
    known = pl.DataFrame({"open_at": at, "close_at": at + HOUR_US, **prices}).with_columns(
        symbol=pl.lit("EUR/USD"), source=pl.lit("real"), interval_us=pl.lit(HOUR_US), appended_at="close_at",
        revision=pl.lit(0), id=pl.lit("bar-") + at.cast(pl.String),
    )  # fmt: skip
    cells = [
        (pl.col(name) if name in known.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in {**PRICES}.items()
    ]
    return known.select(cells)


def entered(bars: pl.DataFrame, signals: int, view: View) -> pl.DataFrame:
    """Return rows of signals anywhere on the bars, with the results that the kernel gives them."""
    chance = np.random.default_rng(5)
    place = np.sort(chance.integers(0, bars.height - 300, signals))
    at = bars["open_at"].gather(place)
    rows = completed(
        pl.DataFrame(
            {
                "signal_id": pl.Series(np.arange(signals)).cast(pl.String),
                "at": at,
                "entry_at": at,
                "base_price": bars["open"].gather(place),
                "direction": pl.Series(np.where(chance.random(signals) < 0.5, "long", "short")),
            }
        ).with_columns(
            symbol=pl.lit("EUR/USD"), status=pl.lit("approved"), max_hold_us=pl.lit(140 * HOUR_US),
            take_profit_pct=pl.lit(0.5), stop_loss_pct=pl.lit(0.5), blockers=pl.lit([], dtype=pl.List(pl.String)),
            ref=pl.concat_str(pl.lit("s\x1fbench\x1fr1\x1f"), "signal_id"), overlapped=pl.lit(value=False),
        )
    )  # fmt: skip
    even = pl.repeat(1.0, rows.height, eager=True)
    return Executor(rows, view).executed(Scenario(size=1000), even).select(rows.columns)


def bare(bars: pl.DataFrame, rows: pl.DataFrame) -> None:
    first = bars["open_at"].search_sorted(rows["entry_at"]).to_numpy().astype(np.int64)
    side = np.where((rows["direction"] == "long").to_numpy(), 1, -1)
    prices = [bars[name].to_numpy() for name in ("open", "high", "low", "close")]
    columns = (first, side, *prices, np.zeros(rows.height))
    bare_loop(*columns)


def timed(work: Callable[[], Any], runs: int = 2) -> float:
    """Return the shortest of several runs, in seconds; a first one compiles."""
    work()
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def told(name: str, ours: float, other: float | None = None, what: str = "") -> None:
    beside = "" if other is None else f"   {what} {other:8.2f}   {other / ours:6.3g} x its speed"
    print(f"{name:44} {ours:8.2f}{beside}", flush=True)


if __name__ == "__main__":
    main()
