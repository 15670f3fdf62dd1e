"""Shadow execution: orders and price series in, outcomes out; one kernel for live batches and for bulk."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from untaken.streams.shadow.arithmetic import I64, Bool
from untaken.streams.shadow.compiled import borrowed
from untaken.streams.shadow.decimals import entry_prices, minutes_us, percent_units, rate_units, round_prices
from untaken.streams.shadow.exactly import settle_exactly
from untaken.streams.shadow.levels import NO_DATA, PENDING, Steps
from untaken.streams.shadow.orders import LONG, MICROSECONDS, SHORT, Orders, Outcomes
from untaken.streams.shadow.series import PriceSeries
from untaken.streams.shadow.settlement import Figures, Trades, settle
from untaken.streams.shadow.walk import GAP_US, Clock, Exits, Rules, walk

GRACE_US = 3_600 * MICROSECONDS
_LONGEST_HOLD_US = 10**17


def execute(
    orders: Orders, series: Sequence[PriceSeries], watermark_us: int, grace_us: int = GRACE_US
) -> Outcomes:
    """Trade every order by itself on the prices known so far, exactly as SPEC 4 says.

    A result stands once prices allow; what still waits for one is `pending`, and `no_data` once the
    watermark (microseconds) has passed the end of its hold + 5 days + grace. Rows are independent of each
    other; fastest where those of a series come in order of entry.
    """
    rules, steps = _rules(orders), _steps(orders)
    clock = Clock(int(watermark_us), int(grace_us))
    exits = _blank_exits(len(orders))
    for index, side, rows in _groups(orders):
        bars = series[index].longs if side == LONG else series[index].shorts
        walk(bars, steps, rules, exits, clock, side, rows)
    hopeless = (orders.series < 0) & (rules.end_at < watermark_us - GAP_US - grace_us)
    exits.reason[hopeless] = NO_DATA
    return _outcomes(orders, rules, exits)


def _groups(orders: Orders) -> Iterator[tuple[int, int, I64]]:
    """Yield series, side and rows of each pair that has orders; rows in their order."""
    count = int(orders.series.max(initial=-1)) + 1
    keys = 2 * orders.series + (orders.side != LONG)
    if 2 * count < np.iinfo(np.int16).max:
        keys = keys.astype(np.int16)  # numpy sorts these by radix
    ordered = np.argsort(keys, kind="stable")
    bounds = np.searchsorted(keys[ordered], np.arange(2 * count + 1))
    for key in np.flatnonzero(np.diff(bounds)):
        rows = borrowed(ordered[bounds[key] : bounds[key + 1]], np.int64)
        yield int(key) // 2, SHORT if key % 2 else LONG, rows


def _rules(orders: Orders) -> Rules:
    slippage = rate_units(orders.slippage_bps)
    base, bid, ask = (round_prices(column) for column in (orders.base_price, orders.bid, orders.ask))
    columns = {
        "entry_at": orders.entry_at,
        "end_at": orders.entry_at + np.clip(orders.max_hold_us, 0, _LONGEST_HOLD_US),
        "entry": entry_prices(orders.side, base, bid, ask, slippage),
        "take_profit": orders.take_profit_pct,
        "take_profit_units": percent_units(orders.take_profit_pct),
        "stop_loss": orders.stop_loss_pct,
        "stop_loss_units": percent_units(orders.stop_loss_pct),
        "trailing": orders.trailing_stop_pct,
        "trailing_units": percent_units(orders.trailing_stop_pct),
        "slippage_units": slippage,
        "roi_start": orders.roi_start,
        "roi_stop": orders.roi_stop,
        "exit_start": orders.exit_start,
        "exit_stop": orders.exit_stop,
        "exit_signalled_at": orders.exit_signalled_at,
    }
    return Rules(**_lent(columns))


def _steps(orders: Orders) -> Steps:
    after, units = minutes_us(orders.roi_minutes), percent_units(orders.roi_pct)
    return Steps(borrowed(after, np.int64), orders.roi_pct, borrowed(units, np.int64))


def _blank_exits(rows: int) -> Exits:
    return Exits(
        price=np.full(rows, np.nan),
        at=np.full(rows, -1, np.int64),
        reason=np.full(rows, PENDING, np.int8),
        partial=np.zeros(rows, np.bool_),
        best=np.full(rows, np.nan),
        worst=np.full(rows, np.nan),
    )


def _outcomes(orders: Orders, rules: Rules, exits: Exits) -> Outcomes:
    figures, fits = _settled(orders, rules, exits)
    resolved = exits.reason < NO_DATA
    return Outcomes(
        entry_price=rules.entry,
        exit_price=exits.price,
        exit_at=exits.at,
        exit_reason=exits.reason,
        resolved=resolved,
        entry_bar_partial=exits.partial,
        pnl_e8=np.where(fits, figures.pnl_e8, 0),
        pnl_known=resolved & (orders.fx > 0) & fits,
        risk_e8=np.where(fits, figures.risk_e8, 0),
        return_ppm=figures.return_ppm,
        milli_r=figures.milli_r,
        milli_r_known=resolved & (orders.stop_loss_pct > 0),
        slippage_milli_r=figures.slippage_milli_r,
        adverse_ppm=figures.adverse_ppm,
        favourable_ppm=figures.favourable_ppm,
    )


def _settled(orders: Orders, rules: Rules, exits: Exits) -> tuple[Figures, Bool]:
    """Return the figures of every row, and whether its money fits 64 bits."""
    rows = len(orders)
    columns = {
        "side": orders.side,
        "reason": exits.reason,
        "entry": rules.entry,
        "exit": exits.price,
        "best": exits.best,
        "worst": exits.worst,
        "fee_units": rate_units(orders.fee_bps),
        "slippage_units": rules.slippage_units,
        "stop_loss": rules.stop_loss,
        "stop_units": rules.stop_loss_units,
        "size": orders.size,
        "fx": orders.fx,
    }
    trades = Trades(**_lent(columns))
    figures = Figures._make(
        np.zeros(rows, np.bool_ if name == "hard" else np.int64) for name in Figures._fields
    )
    settle(trades, figures)
    fits = np.ones(rows, np.bool_)
    for row in np.flatnonzero(figures.hard):
        fits[row] = settle_exactly(trades, figures, int(row))
    return figures, fits


def _lent(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: borrowed(column, column.dtype) for name, column in columns.items()}
