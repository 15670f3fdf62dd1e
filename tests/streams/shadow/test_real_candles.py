"""The kernel equals shadow execution in decimals on real candles, dirty ones included."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import polars as pl
import pytest

from tests.reference.moments import DAY, MINUTE, SECOND
from tests.reference.series import Series
from tests.streams.shadow.builders import FOUR, Candle, Order, outcomes, series_of, slow_bars
from tests.streams.shadow.slowly import slow_outcome

ROOT = Path(__file__).parents[3]
FILES = sorted(Path(os.environ.get("UNTAKEN_SHARED", ROOT.parent / "shared")).glob("data/bars/*.parquet"))
ORDERS = 1_000

needs_candles = pytest.mark.skipif(not FILES, reason="no real candles in $UNTAKEN_SHARED/data/bars")


@needs_candles
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_orders_on_real_candles_come_out_as_in_decimals(file: Path) -> None:
    assert wrong_rows(file, ORDERS, seed=1) == []


@needs_candles
@pytest.mark.torture
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_very_many_orders_on_real_candles_come_out_as_in_decimals(file: Path) -> None:
    assert wrong_rows(file, 12 * ORDERS, seed=2) == []


def wrong_rows(file: Path, count: int, seed: int) -> list[tuple[Order, object, object]]:
    chance = Random(seed)
    symbols = [candles_of(frame, chance) for frame in pl.read_parquet(file).partition_by("symbol")]
    slow = [Series(slow_bars(candles)) for candles in symbols]
    orders = [random_order(chance, symbols) for _ in range(count)]
    watermark = max(candles[-1].close_at for candles in symbols) + chance.choice([0, 7]) * DAY
    found = outcomes(orders, [series_of(candles) for candles in symbols], watermark)
    expected = [slow_outcome(order, slow[order.series], watermark) for order in orders]
    rows = zip(orders, found, expected, strict=True)
    return [(order, fast, exact) for order, fast, exact in rows if fast != exact]


def candles_of(frame: pl.DataFrame, chance: Random) -> list[Candle]:
    """Return at most two thousand candles in a row, somewhere in the file."""
    first = chance.randrange(max(1, frame.height - 2_000))
    part = frame.slice(first, 2_000).with_columns(pl.col("ts").dt.epoch("us"))
    interval = int(frame["ts"].diff().dt.total_microseconds().min())  # type: ignore[arg-type]
    return list(candles_in(part, interval))


def candles_in(part: pl.DataFrame, interval: int) -> Iterator[Candle]:
    for row in part.iter_rows(named=True):
        one = Candle(
            open_at=row["ts"],
            close_at=row["ts"] + interval,
            interval=interval,
            middle=four(row, ""),
        )
        if "ask_open" in part.columns and row["ask_open"] is not None:
            one = replace(one, bid=four(row, "bid_"), ask=four(row, "ask_"))
        yield one


def four(row: dict[str, float], prefix: str) -> tuple[float, float, float, float]:
    first, high, low, close = (row[prefix + name] for name in FOUR)
    return first, high, low, close


def random_order(chance: Random, symbols: list[list[Candle]]) -> Order:
    """Return an order with levels of a size that a few dozen candles reach."""
    series = chance.randrange(len(symbols))
    near = chance.choice(symbols[series])
    width = 100 * (near.middle[1] - near.middle[2]) / near.middle[3] or 0.1
    bars = chance.choice([3, 30, 60, 100])
    return Order(
        series=series,
        side=chance.choice([1, -1]),
        entry_at=near.open_at + chance.choice([0, 2 * SECOND, chance.randrange(2 * MINUTE)]),
        price=near.middle[0],
        take_profit=chance.choice([4.0, 2 * width, round(3 * width, 2), 0.0]),
        stop_loss=chance.choice([2.0, width, round(2 * width, 2), 0.0]),
        trailing=chance.choice([0.0, 0.0, round(width, 3)]),
        hold=bars * near.interval,
        roi=chance.choice([(), (), ((0, 2 * width), (10, width), (30, 0.0))]),
        exit_signals=chance.choice([(), (), (near.open_at + 10 * near.interval + 1,)]),
        fx=chance.choice([1.0, 0.9137]),
    )
