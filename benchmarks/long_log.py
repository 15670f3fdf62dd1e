"""The mix of `mixed_log` in columns, for logs of many millions of events: one or two microseconds an event.

python -m benchmarks.long_log sqlite:////tmp/long.db --events 100000000
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.mixed_log import GUARDS, declared
from untaken.streams.logs.base import Entry, Log
from untaken.streams.logs.opening import open_log

START = datetime(2021, 1, 1, tzinfo=UTC)
MINUTE_US = 60_000_000
HELD_US = 45 * MINUTE_US
BLOCKED = 0.12
SEQUENCES = range(1, len(GUARDS) + 1)
COLUMNS = ("at", "rank", "type", "symbol", "value")

BAR = (
    '{"type":"market.bar","id":"{}-1m-{}","at":"{}","bot":"feed","run":"default","mode":"live","symbol":"{}",'
    '"interval":"1m","open_at":"{}","open":{},"high":{},"low":{},"close":{},"volume":{}}'
)
BENCH = '"bot":"bench","run":"r1","mode":"live"'
SIGNAL = (
    '{"type":"signal.emitted","id":"e-{}","at":"{}",' + BENCH + ',"signal_id":"{}","symbol":"{}",'
    '"strategy":"{}","direction":"{}","price":{},"confidence":{},"timeframe":"1m","take_profit_pct":2.0,'
    '"stop_loss_pct":1.0,"max_hold_s":7200.0}'
)
DECISION = (
    '{"type":"decision.made","id":"d-{}-{}","at":"{}",' + BENCH + ',"signal_id":"{}","symbol":"{}",'
    '"guard":"{}","verdict":"{}","kind":"{}","seq":{},"attempt":1,"value":{},"threshold":0.5,'
    '"comparison":">=","snapshot":{"price":{}}{}}'
)
FILL = (
    '{"type":"order.filled","id":"f-{}-{}","at":"{}",' + BENCH + ',"trade_id":"t{}","signal_id":"{}",'
    '"symbol":"{}","side":"{}","role":"{}","price":{},"qty":1.5,"fee":0.1}'
)


@dataclass(frozen=True)
class Shape:
    """How the events are made up; a signal brings 6 to 8 of them."""

    symbols: int = 50
    signals_per_bar: float = 0.022
    seed: int = 1

    def minutes_of(self, events: int) -> int:
        approved = (1 - BLOCKED) ** len(GUARDS)
        return max(1, round(events / self.symbols / (1 + self.signals_per_bar * (6 + 2 * approved))))


def chunks(events: int, shape: Shape | None = None, size: int = 30_000) -> Iterator[list[Entry]]:
    """About `events` entries in order of time, in lists of about `size`; always the same for one shape and size."""
    shape = shape or Shape()
    chance = np.random.default_rng(shape.seed)
    names = pl.Series([f"S{number:03d}/USDT" for number in range(shape.symbols)])
    last = chance.uniform(1, 60_000, shape.symbols)
    yield [declared(START)]
    minutes, step, signals = shape.minutes_of(events), shape.minutes_of(size), 0
    later = pl.DataFrame(schema={"at": pl.Int64, "rank": pl.Int32, **dict.fromkeys(COLUMNS[2:], pl.String)})
    for first in range(0, minutes, step):
        walk = np.cumsum(chance.normal(0, 0.0006, (min(step, minutes - first), shape.symbols)), axis=0)
        bars = _bars(names, last * np.exp(walk), first, chance)
        last = last * np.exp(walk[-1])
        emitted = _signals(bars.filter(chance.random(bars.height) < shape.signals_per_bar), signals, chance)
        signals += emitted.height
        parts = [later, _bar_events(bars), _signal_events(emitted), _decisions(emitted), *_fills(emitted)]
        until = int(bars["close_at"][-1]) + MINUTE_US // 2
        made = pl.concat([part.select(COLUMNS) for part in parts]).sort("at", "rank", maintain_order=True)
        later = made.filter(pl.col("at") > until)
        yield _entries(made.filter(pl.col("at") <= until))
    yield _entries(later)


def written(log: Log, events: int, shape: Shape | None = None) -> int:
    """Append about `events` events; return how many it became."""
    return sum(len(log.append(chunk)) for chunk in chunks(events, shape) if chunk)


def _entries(made: pl.DataFrame) -> list[Entry]:
    values = made["value"].cast(pl.Binary).to_list()
    return list(map(Entry, made["type"].to_list(), values, made["symbol"].to_list(), repeat(True)))


def _bars(names: pl.Series, price: NDArray[Any], first: int, chance: np.random.Generator) -> pl.DataFrame:
    minutes, symbols = price.shape
    numbers = np.repeat(np.arange(first, first + minutes), symbols)
    width = price * np.abs(chance.normal(0, 0.0005, price.shape))
    open_at = numbers * MINUTE_US + round(START.timestamp() * 1e6)
    return pl.DataFrame(
        {
            "symbol": names[np.tile(np.arange(symbols), minutes)],
            "number": numbers,
            "open_at": open_at,
            "close_at": open_at + MINUTE_US,
            "open": price.ravel().round(4),
            "high": (price + width).ravel().round(4),
            "low": (price - width).ravel().round(4),
            "close": (price + width / 3).ravel().round(4),
            "volume": chance.uniform(1, 500, price.size).round(3),
        }
    )


def _signals(bars: pl.DataFrame, before: int, chance: np.random.Generator) -> pl.DataFrame:
    number = pl.Series(np.arange(before + 1, before + 1 + bars.height))
    blocked = {f"blocked_{seq}": chance.random(bars.height) < BLOCKED for seq in SEQUENCES}
    values = {f"value_{seq}": chance.random(bars.height).round(4) for seq in SEQUENCES}
    return bars.select("symbol", price="open", at="close_at").with_columns(
        number=number,
        name=pl.format("s{}", number.cast(pl.String).str.zfill(8)),
        confidence=pl.Series(chance.random(bars.height).round(4)),
        **{name: pl.Series(flags) for name, flags in (blocked | values).items()},
    )


def _bar_events(bars: pl.DataFrame) -> pl.DataFrame:
    columns = ("open", "high", "low", "close", "volume")
    return _event(
        bars,
        "market.bar",
        _text(BAR, "symbol", "number", _stamp("close_at"), "symbol", _stamp("open_at"), *columns),
        at=pl.col("close_at"),
        rank=0,
    )


def _signal_events(signals: pl.DataFrame) -> pl.DataFrame:
    strategy = (pl.col("number") % 3).replace_strict({0: "trend", 1: "revert", 2: "pulse"})
    direction = pl.when(pl.col("number") % 2 == 1).then(pl.lit("long")).otherwise(pl.lit("short"))
    named = ("name", "symbol", strategy, direction, "price", "confidence")
    text = _text(SIGNAL, "name", _stamp("at"), *named)
    return _event(signals, "signal.emitted", text, at=pl.col("at"), rank=1)


def _decisions(signals: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([_decided(signals, seq, guard) for seq, guard in enumerate(GUARDS, start=1)])


def _decided(signals: pl.DataFrame, seq: int, guard: str) -> pl.DataFrame:
    kind = pl.lit("portfolio" if guard == "slots" else "market")
    verdict = pl.when(pl.col(f"blocked_{seq}")).then(pl.lit("blocked")).otherwise(pl.lit("approved"))
    last = pl.lit(',"final":true,"chain_complete":true' if seq == len(GUARDS) else "")
    timed = signals.with_columns(pl.col("at") + seq * 1_000)
    named = ("name", "symbol", pl.lit(guard), verdict, kind, pl.lit(seq), f"value_{seq}", "price", last)
    text = _text(DECISION, "name", pl.lit(seq), _stamp("at"), *named)
    return _event(timed, "decision.made", text, at=pl.col("at"), rank=1 + seq)


def _fills(signals: pl.DataFrame) -> Iterator[pl.DataFrame]:
    approved = signals.filter(~pl.any_horizontal(f"blocked_{seq}" for seq in SEQUENCES))
    for role, side, after_us in (("entry", "buy", 50_000), ("exit", "sell", HELD_US + 50_000)):
        timed = approved.with_columns(pl.col("at") + after_us)
        roled = ("number", "name", "symbol", pl.lit(side), pl.lit(role), "price")
        text = _text(FILL, "number", pl.lit(role), _stamp("at"), *roled)
        yield _event(timed, "order.filled", text, at=pl.col("at"), rank=9)


def _event(rows: pl.DataFrame, name: str, text: pl.Expr, *, at: pl.Expr, rank: int) -> pl.DataFrame:
    return rows.select("symbol", at=at, rank=pl.lit(rank, pl.Int32), type=pl.lit(name), value=text)


def _text(form: str, *columns: str | pl.Expr) -> pl.Expr:
    """Put columns into the gaps `{}` of a form (pl.format would take its braces for gaps)."""
    parts = form.split("{}")
    gaps = [pl.col(column) if isinstance(column, str) else column for column in columns]
    between = [piece for pair in zip(gaps, map(pl.lit, parts[1:]), strict=True) for piece in pair]
    return pl.concat_str(pl.lit(parts[0]), *between)


def _stamp(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="the log, made where there is none")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--symbols", type=int, default=Shape.symbols)
    parser.add_argument("--signals-per-bar", type=float, default=Shape.signals_per_bar)
    chosen = parser.parse_args()
    log = open_log(chosen.url)
    began = time.perf_counter()
    made = written(log, chosen.events, Shape(chosen.symbols, chosen.signals_per_bar))
    print(f"{made:,} events in {time.perf_counter() - began:.0f} s")
    log.close()


if __name__ == "__main__":
    main()
