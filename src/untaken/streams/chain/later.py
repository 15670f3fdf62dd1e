"""What each shadow trade would have come to had it been entered later, in the same kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.projections.ledger import DELAYS_S
from untaken.streams.shadow.execution import execute
from untaken.streams.shadow.orders import EXIT_REASONS, MICROSECONDS, Orders, Outcomes
from untaken.streams.shadow.series import PriceSeries
from untaken.streams.shadow.walk import GAP_US
from untaken.streams.store.index import FOREVER

DELAYS_US = np.array(DELAYS_S, dtype=np.int64) * MICROSECONDS
LATEST_US = int(DELAYS_US[-1])
"""How much longer than its own trade a signal is of interest."""

TIME, NO_DATA, PENDING = (EXIT_REASONS.index(name) for name in ("time", "no_data", "pending"))
NEVER = FOREVER
"""`next_at` of what the clock alone does not move."""

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Later:
    """Returns by row, and what may still move them."""

    ppm: pl.Series
    """Lists of as many returns as there are DELAYS_S."""
    until_at: Ints
    """Prices before it may change one of them."""
    next_at: Ints
    """Event time from which the clock alone may; NEVER if it cannot."""


def entered_later(
    orders: Orders, asked: Bools, series: Sequence[PriceSeries], watermark: int, grace_us: int
) -> Later:
    """Enter the orders that are asked for again at each delay, at the last price that came in between, on their terms.

    The half spread of the first decision's snapshot stays: only the price has moved. The hold counts from the
    later entry.
    """
    price, found = _prices(orders, asked, series)
    row, delay = np.nonzero(found)
    entry_at = orders.entry_at[row] + DELAYS_US[delay]
    outcomes = execute(_taken(orders, row, entry_at, price[found]), series, watermark, grace_us)
    until, due = _still_open(outcomes, entry_at + orders.max_hold_us[row], watermark, grace_us)
    moments = orders.entry_at[:, None] + DELAYS_US
    until_at, next_at = moments + 1, np.full(moments.shape, NEVER, dtype=np.int64)
    until_at[found], next_at[found] = until, due
    return Later(_listed(found, outcomes), until_at.max(axis=1), next_at.min(axis=1))


def nothing_later(rows: int) -> pl.Series:
    """Return what is known where nobody asks."""
    return pl.repeat(None, rows, dtype=pl.List(pl.Int64), eager=True)


def _prices(orders: Orders, asked: Bools, series: Sequence[PriceSeries]) -> tuple[NDArray[np.float64], Bools]:
    """Return the price of each row that is asked for at each delay, and where there is one.

    It is the close of the last bar that closed after the entry and no later than the delay; a delay below that
    bar's interval is none that these prices could tell.
    """
    price = np.full((len(orders), len(DELAYS_S)), np.nan)
    for number, bars in enumerate(series):
        rows = np.flatnonzero((orders.series == number) & asked)
        if len(bars) and len(rows):
            price[rows] = _prices_of(bars, orders.entry_at[rows])
    return price, ~np.isnan(price)


def _prices_of(bars: PriceSeries, entry_at: Ints) -> NDArray[np.float64]:
    moments = entry_at[:, None] + DELAYS_US
    last = np.searchsorted(bars.close_at, moments, side="right") - 1
    known = (last >= 0) & (bars.close_at[last] > entry_at[:, None]) & (bars.interval_us[last] <= DELAYS_US)
    return np.where(known, bars.middle[last], np.nan)


def _taken(orders: Orders, row: Ints, entry_at: Ints, price: NDArray[np.float64]) -> Orders:
    """Return the orders of these rows, entered at other times and prices; their money is not asked for."""
    shared = {"roi_minutes", "roi_pct", "exit_signalled_at"}
    columns = {name: getattr(orders, name)[row] for name in Orders.__dataclass_fields__ if name not in shared}
    unknown = np.full(len(row), np.nan)
    return replace(orders, **{**columns, "entry_at": entry_at, "base_price": price, "fx": unknown})


def _still_open(outcomes: Outcomes, end: Ints, watermark: int, grace_us: int) -> tuple[Ints, Ints]:
    """Return until_at and next_at of each trade, as of the trade that was entered at once."""
    pending = outcomes.exit_reason == PENDING
    until = np.where(outcomes.exit_reason == TIME, end + 1, outcomes.exit_at + 1)
    until = np.where(outcomes.exit_reason == NO_DATA, end + GAP_US + 1, until)
    waiting = np.where(end > watermark, end, end + GAP_US + grace_us + 1)
    return np.where(pending, FOREVER, until), np.where(pending, waiting, NEVER)


def _listed(found: Bools, outcomes: Outcomes) -> pl.Series:
    """Return the returns of each row as a list, null where there is none."""
    ppm, known = np.zeros(found.shape, dtype=np.int64), np.zeros(found.shape, dtype=np.bool_)
    ppm[found], known[found] = outcomes.return_ppm, outcomes.resolved
    flat = pl.select(pl.when(pl.Series(known.ravel())).then(pl.Series(ppm.ravel()))).to_series()
    return flat.reshape((len(found), len(DELAYS_S))).arr.to_list()
