"""What one order asks for, and the prices at which it is left, in machine code.

Prices are walked as gains: shorts see every price negated and highs and lows swapped, so that up is good, a
stop lies below and a target above, and one code serves both sides.
"""

from typing import NamedTuple

import numpy as np

from untaken.streams.shadow.arithmetic import F64, I64, UNIT, decimal_of, level, product
from untaken.streams.shadow.compiled import helper, outlined

TAKE_PROFIT, STOP_LOSS, TRAILING, ROI, SIGNAL, TIME, TIME_GAP, NO_DATA, PENDING = range(9)


Level = tuple[float, int]
"""A price as a gain, and the reason for which the order is left there."""


class Order(NamedTuple):
    """One order; distances in percent with their decimals counted, 0 = none, times in microseconds."""

    side: int
    entry_at: int
    end_at: int
    called_at: int
    """When the strategy first wanted out after the entry."""
    entry: float
    take_profit: float
    take_profit_units: int
    stop_loss: float
    stop_loss_units: int
    trailing: float
    trailing_units: int
    slippage_units: int
    roi_start: int
    roi_stop: int


class Steps(NamedTuple):
    """ROI steps of all orders: microseconds since the entry, percent."""

    after: I64
    percent: F64
    units: I64


class Exit(NamedTuple):
    """How an order ended, all prices as gains; as prices, once it is booked."""

    price: float
    at: int
    reason: int
    best: float
    worst: float


@outlined
def stop_of(order: Order, best: float) -> Level:
    """Return the tighter of fixed and trailing stop as a gain, and its name."""
    fixed, trailing = -np.inf, -np.inf
    if order.stop_loss > 0.0:
        fixed = order.side * level(order.entry, order.stop_loss, order.stop_loss_units, -order.side)
    if order.trailing > 0.0:
        peak = order.side * best
        trailing = order.side * level(peak, order.trailing, order.trailing_units, -order.side)
    return (trailing, TRAILING) if trailing > fixed else (fixed, STOP_LOSS)


@outlined
def target_of(order: Order, steps: Steps, step: int) -> Level:
    """Return the nearer of take-profit and the ROI step before `step` as a gain, and its name."""
    profit, roi = np.inf, np.inf
    if order.take_profit > 0.0:
        profit = order.side * level(order.entry, order.take_profit, order.take_profit_units, order.side)
    if step > order.roi_start:
        roi = order.side * level(order.entry, steps.percent[step - 1], steps.units[step - 1], order.side)
    return (roi, ROI) if roi < profit else (profit, TAKE_PROFIT)


@helper
def step_after(order: Order, steps: Steps, step: int, elapsed: int) -> int:
    """Return the first ROI step, from `step` on, that is not yet in force."""
    while step < order.roi_stop and steps.after[step] <= elapsed:
        step += 1
    return step


@helper
def booked(order: Order, found: Exit) -> Exit:
    """Return an exit found as a gain as the price it is booked at, after slippage where its reason has it."""
    price = order.side * found.price
    if found.reason not in (TAKE_PROFIT, ROI):
        mantissa, places = decimal_of(price)
        price = product(mantissa, UNIT - order.side * order.slippage_units, places + 18)
    gain = order.side * price
    best, worst = order.side * max(found.best, gain), order.side * min(found.worst, gain)
    return Exit(price, found.at, found.reason, best, worst)
