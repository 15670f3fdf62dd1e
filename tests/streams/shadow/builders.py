"""Bars, quotes and orders for the tests of shadow execution, with keyword defaults."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tests.reference.bars import Bar, Prices
from tests.reference.moments import DAY, MINUTE
from tests.reference.numbers import price
from untaken.streams.shadow.execution import execute
from untaken.streams.shadow.orders import EXIT_REASONS, Orders, Outcomes
from untaken.streams.shadow.series import PriceSeries, compose

FOUR = ("open", "high", "low", "close")
FAR_OFF = 400 * DAY
"""A watermark behind which every hold of the tests has long ended."""


@dataclass(frozen=True, kw_only=True)
class Candle:
    """A bar of one symbol; `bid` and `ask` are its four prices as those sides saw them."""

    open_at: int
    close_at: int
    interval: int
    middle: tuple[float, float, float, float]
    bid: tuple[float, float, float, float] | None = None
    ask: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Quote:
    at: int
    bid: float
    ask: float


@dataclass(frozen=True, kw_only=True)
class Order:
    """One signal to be traded; a row of `Orders`."""

    side: int = 1
    entry_at: int = 0
    price: float = 100.0
    bid: float | None = None
    ask: float | None = None
    fee_bps: float = 5.0
    slippage_bps: float = 2.0
    size: float = 1000.0
    fx: float | None = 1.0
    take_profit: float = 4.0
    stop_loss: float = 2.0
    trailing: float = 0.0
    hold: int = DAY
    roi: tuple[tuple[float, float], ...] = ()
    exit_signals: tuple[int, ...] = ()
    series: int = 0


def candle(minute: float, *prices: float, minutes: float = 1) -> Candle:
    """Return a bar that opens so many minutes after the epoch."""
    first, high, low, last = prices
    open_at, length = round(minute * MINUTE), round(minutes * MINUTE)
    return Candle(
        open_at=open_at, close_at=open_at + length, interval=length, middle=(first, high, low, last)
    )


def flat(since: float, until: float, at: float = 100.0, minutes: float = 1) -> list[Candle]:
    """Return bars that do not move."""
    count = round((until - since) / minutes)
    return [candle(since + place * minutes, at, at, at, at, minutes=minutes) for place in range(count)]


def series_of(candles: Sequence[Candle], quotes: Sequence[Quote] = ()) -> PriceSeries:
    return compose(frame_of(candles), quotes_of(quotes))


def frame_of(candles: Sequence[Candle]) -> pl.DataFrame:
    columns: dict[str, list[float | None]] = {}
    for place, name in enumerate(FOUR):
        columns[name] = [one.middle[place] for one in candles]
        columns[f"bid_{name}"] = [one.bid and one.bid[place] for one in candles]
        columns[f"ask_{name}"] = [one.ask and one.ask[place] for one in candles]
    times = {
        "open_at": [one.open_at for one in candles],
        "close_at": [one.close_at for one in candles],
        "interval_us": [one.interval for one in candles],
    }
    schema = dict.fromkeys(times, pl.Int64) | dict.fromkeys(columns, pl.Float64)
    return pl.DataFrame({**times, **columns}, schema=schema)


def quotes_of(quotes: Sequence[Quote]) -> pl.DataFrame:
    columns = {name: [getattr(one, name) for one in quotes] for name in ("at", "bid", "ask")}
    return pl.DataFrame(columns, schema={"at": pl.Int64, "bid": pl.Float64, "ask": pl.Float64})


def orders_of(orders: Sequence[Order]) -> Orders:
    roi = [step for order in orders for step in order.roi]
    calls = [at for order in orders for at in order.exit_signals]
    roi_stop = np.cumsum([len(order.roi) for order in orders], dtype=np.int64)
    exit_stop = np.cumsum([len(order.exit_signals) for order in orders], dtype=np.int64)
    return Orders(
        series=np.array([order.series for order in orders], np.int32),
        side=np.array([order.side for order in orders], np.int8),
        entry_at=np.array([order.entry_at for order in orders], np.int64),
        base_price=np.array([order.price for order in orders], np.float64),
        bid=np.array([order.bid for order in orders], np.float64),
        ask=np.array([order.ask for order in orders], np.float64),
        fee_bps=np.array([order.fee_bps for order in orders], np.float64),
        slippage_bps=np.array([order.slippage_bps for order in orders], np.float64),
        size=np.array([order.size for order in orders], np.float64),
        fx=np.array([order.fx for order in orders], np.float64),
        take_profit_pct=np.array([order.take_profit for order in orders], np.float64),
        stop_loss_pct=np.array([order.stop_loss for order in orders], np.float64),
        trailing_stop_pct=np.array([order.trailing for order in orders], np.float64),
        max_hold_us=np.array([order.hold for order in orders], np.int64),
        roi_start=np.append(0, roi_stop)[:-1],
        roi_stop=roi_stop,
        roi_minutes=np.array([minutes for minutes, _ in roi], np.float64),
        roi_pct=np.array([percent for _, percent in roi], np.float64),
        exit_start=np.append(0, exit_stop)[:-1],
        exit_stop=exit_stop,
        exit_signalled_at=np.array(calls, np.int64),
    )


def outcomes(
    orders: Sequence[Order], series: Sequence[PriceSeries], watermark: int = FAR_OFF
) -> list["Outcome"]:
    return rows_of(execute(orders_of(orders), series, watermark))


def outcome(order: Order, candles: Sequence[Candle], watermark: int = FAR_OFF) -> "Outcome":
    return outcomes([order], [series_of(candles)], watermark)[0]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One row of `Outcomes`; what is not known is None."""

    entry: float
    reason: str
    exit: float | None = None
    at: int | None = None
    partial: bool = False
    pnl_e8: int | None = None
    return_ppm: int | None = None
    milli_r: int | None = None
    adverse_ppm: int | None = None
    favourable_ppm: int | None = None


def rows_of(found: Outcomes) -> list[Outcome]:
    return [_row(found, row) for row in range(len(found))]


def _row(found: Outcomes, row: int) -> Outcome:
    known = bool(found.resolved[row])
    return Outcome(
        entry=float(found.entry_price[row]),
        reason=EXIT_REASONS[found.exit_reason[row]],
        exit=float(found.exit_price[row]) if known else None,
        at=int(found.exit_at[row]) if known else None,
        partial=bool(found.entry_bar_partial[row]),
        pnl_e8=int(found.pnl_e8[row]) if found.pnl_known[row] else None,
        return_ppm=int(found.return_ppm[row]) if known else None,
        milli_r=int(found.milli_r[row]) if found.milli_r_known[row] else None,
        adverse_ppm=int(found.adverse_ppm[row]) if known else None,
        favourable_ppm=int(found.favourable_ppm[row]) if known else None,
    )


def slow_bars(candles: Sequence[Candle], quotes: Sequence[Quote] = ()) -> list[Bar]:
    """Return the same bars as the row-by-row reference takes them."""
    bars = [
        Bar(
            "",
            one.interval,
            one.open_at,
            one.close_at,
            _prices(one.bid or one.middle),
            _prices(one.ask or one.middle),
            price(one.middle[3]),
        )
        for one in candles
    ]
    points = [
        Bar("", 0, one.at, one.at, _prices((one.bid,) * 4), _prices((one.ask,) * 4), price(one.bid))
        for one in quotes
        if one.bid <= one.ask
    ]
    return bars + points


def _prices(four: Sequence[float]) -> Prices:
    return Prices(*map(price, four))
