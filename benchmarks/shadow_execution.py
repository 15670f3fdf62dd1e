"""Shadow execution in bulk, side by side in one run: ours, a bare numba loop, vectorbt.

Ours does what the specification asks: exact decimal prices, two sides, slippage, fees, money, R, excursions,
on one thread. The bare loop walks the same bars from an entry it is told, in plain doubles, stop first, time
exit, net result, nothing else. vectorbt runs in an interpreter of its own (--vectorbt PYTHON), as it pins
what it stands on: once with a column per signal, for signals overlap, once with as many as fit in turn.

    python -m benchmarks.shadow_execution --vectorbt /path/to/python
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

from untaken.streams.shadow.execution import execute
from untaken.streams.shadow.orders import Orders, Outcomes
from untaken.streams.shadow.series import PriceSeries, compose

Array = npt.NDArray[Any]

MINUTE = 60_000_000
HOLD = 140
BARS = 200_000

IN_VECTORBT = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd, vectorbt as vbt

def run(prices, entries, exits):
    open_, high, low, close = (pd.Series(column) for column in prices)
    started = time.perf_counter()
    portfolio = vbt.Portfolio.from_signals(
        close, entries, exits, open=open_, high=high, low=low, sl_stop=0.02, tp_stop=0.04,
        size=1000.0, size_type="value", fees=0.0005, slippage=0.0002, init_cash=np.inf)
    count = int(portfolio.trades.count().sum()) if entries.ndim > 1 else portfolio.trades.count()
    portfolio.trades.pnl.values
    return count / (time.perf_counter() - started)

with np.load(sys.argv[1]) as given:
    prices, hold, at = [given[name] for name in ("open", "high", "low", "close")], int(given["hold"]), given["at"]
bars = len(prices[0])
alone = np.sort(np.random.default_rng(1).choice(at[at < 20_000 - hold], 200, replace=False))
entries, exits = np.zeros((20_000, 200), bool), np.zeros((20_000, 200), bool)
entries[alone, np.arange(200)] = True
exits[alone + hold, np.arange(200)] = True
turn, turned = np.zeros(bars, bool), np.zeros(bars, bool)
turn[:-hold - 1:hold + 1], turned[hold::hold + 1] = True, True
columns = [column[:20_000] for column in prices]
run(columns, pd.DataFrame(entries[:, :2]), pd.DataFrame(exits[:, :2])), run(prices, pd.Series(turn), pd.Series(turned))
print(json.dumps({
    "alone": run(columns, pd.DataFrame(entries), pd.DataFrame(exits)),
    "in_turn": max(run(prices, pd.Series(turn), pd.Series(turned)) for _ in range(3)),
    "version": vbt.__version__}))
"""


@dataclass(frozen=True)
class Market:
    """One-minute bars and where signals enter them."""

    open: Array
    high: Array
    low: Array
    close: Array
    first: Array
    side: Array

    @property
    def open_at(self) -> Array:
        return np.arange(self.open.size) * MINUTE

    def series(self) -> PriceSeries:
        columns = {"open": self.open, "high": self.high, "low": self.low, "close": self.close}
        times = {"open_at": self.open_at, "close_at": self.open_at + MINUTE}
        return compose(pl.DataFrame({**times, **columns}).with_columns(interval_us=pl.lit(MINUTE)))

    def orders(self) -> Orders:
        entry_at = self.first * MINUTE
        return Orders.of(entry_at, self.open[self.first], side=self.side, max_hold_us=HOLD * MINUTE)


def market(signals: int, bars: int = BARS) -> Market:
    """Walk at random in ticks of a cent; signals anywhere, in order of time, both sides."""
    chance = np.random.default_rng(7)
    path = np.clip(100 * np.exp(np.cumsum(chance.normal(0, 1e-3, bars))), 20, 500)
    close = np.round(path, 2)
    first = np.append(close[0], close[:-1])
    high = np.round(np.maximum(first, close) + np.abs(chance.normal(0, 0.05, bars)), 2)
    low = np.round(np.minimum(first, close) - np.abs(chance.normal(0, 0.05, bars)), 2)
    at = np.sort(chance.integers(0, bars - 2 * HOLD, signals))
    return Market(first, high, low, close, at, np.where(chance.random(signals) < 0.5, 1, -1))


@numba.njit(error_model="numpy")
def bare_loop(
    first: Array, side: Array, opens: Array, highs: Array, lows: Array, closes: Array, pnl: Array
) -> None:
    for row in range(first.size):
        at, direction = first[row], side[row]
        entry = opens[at] * (1 + direction * 0.0002)
        target, stop, left = entry * (1 + direction * 0.04), entry * (1 - direction * 0.02), np.nan
        end = at + HOLD
        while at < end:
            if direction > 0:
                if opens[at] <= stop or lows[at] <= stop:
                    left = min(opens[at], stop) * 0.9998
                    break
                if highs[at] >= target:
                    left = max(opens[at], target)
                    break
            else:
                if opens[at] >= stop or highs[at] >= stop:
                    left = max(opens[at], stop) * 1.0002
                    break
                if lows[at] <= target:
                    left = min(opens[at], target)
                    break
            at += 1
        else:
            left = closes[end - 1] * (1 - direction * 0.0002)
        pnl[row] = 1000 * (direction * (left / entry - 1) - 0.0005 * (1 + left / entry))


def best_of(runs: int, work: Callable[[], object]) -> float:
    """Return the shortest of several runs, in seconds; a first one compiles."""
    work()
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def walked(outcomes: Outcomes, given: Market) -> float:
    """Return how many bars an order walks on average."""
    return float(((outcomes.exit_at + MINUTE - 1) // MINUTE - given.first).mean())


def vectorbt(python: str, given: Market) -> dict[str, Any]:
    names = ("open", "high", "low", "close")
    columns = {name: getattr(given, name) for name in names}
    with tempfile.TemporaryDirectory() as scratch:
        prices = Path(scratch) / "prices.npz"
        np.savez(prices, hold=HOLD, at=np.unique(given.first), **columns)
        finished = subprocess.run(  # noqa: S603  # the interpreter is the caller's argument
            [python, "-c", IN_VECTORBT, prices], check=True, capture_output=True, text=True
        )
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--signals", type=int, default=1_000_000)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--vectorbt", metavar="PYTHON", help="an interpreter that has vectorbt")
    chosen = arguments.parse_args()
    given = market(chosen.signals)
    series, orders, pnl = [given.series()], given.orders(), np.zeros(chosen.signals)
    watermark = int(given.open_at[-1])
    ours = best_of(chosen.runs, lambda: execute(orders, series, watermark))
    columns = (given.first, given.side, given.open, given.high, given.low, given.close, pnl)
    bare = best_of(chosen.runs, lambda: bare_loop(*columns))
    found = execute(orders, series, watermark)
    apart = float(np.abs(found.pnl_e8 / 1e8 - pnl).max())
    rows = {"untaken": chosen.signals / ours, "bare numba loop": chosen.signals / bare}
    print(f"{chosen.signals:,} overlapping signals, {walked(found, given):.0f} bars each, one thread;")
    print(f"results apart by at most {apart:.1e} of 1,000")
    if chosen.vectorbt:
        other = vectorbt(chosen.vectorbt, given)
        rows[f"vectorbt {other['version']}, a column per signal"] = other["alone"]
        rows[f"vectorbt {other['version']}, without overlap"] = other["in_turn"]
    for name, rate in rows.items():
        print(f"{name:40} {rate:12,.0f} signals/s   {rate / rows['bare numba loop']:8.3g} of the bare loop")


if __name__ == "__main__":
    main()
