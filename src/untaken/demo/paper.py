"""The bot's own paper trading: orders at the next open, one exit a bar, and what each trade came to.

Kept plain and apart from the shadow's execution on purpose: what both make of the same trade is the measured error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from untaken.demo.market import Series, Side
from untaken.demo.strategies import Idea

BASIS_POINT = 1e-4
_REASONS_AT_MARKET = frozenset({"stop_loss", "trailing", "signal", "time"})


@dataclass(frozen=True)
class Costs:
    """What a trade costs, in basis points of each side's notional."""

    fee_bps: float = 5.0
    slippage_bps: float = 2.0

    @property
    def round_trip_pct(self) -> float:
        return 2 * (self.fee_bps + self.slippage_bps) / 100


@dataclass(frozen=True)
class Order:
    """An approved idea that waits for the next open."""

    trade_id: str
    signal_id: str
    idea: Idea
    atr: float
    size: float


@dataclass
class Position:
    """An open paper trade; prices in the quote currency, `entry_index` the bar it was entered in."""

    order: Order
    entry_index: int
    entry_at: int
    entry_price: float
    quantity: float
    peak: float

    @property
    def sign(self) -> int:
        return 1 if self.order.idea.direction == "long" else -1


@dataclass(frozen=True)
class Exit:
    """How a position was left."""

    price: float
    reason: Literal["stop_loss", "trailing", "take_profit", "roi", "signal", "time"]


def enter(order: Order, series: Series, index: int, at: int, costs: Costs) -> Position:
    """Fill an order at the open of a bar: buys at the ask, sells at the bid, slippage against the bot."""
    long = order.idea.direction == "long"
    opening = float((series.ask if long else series.bid).open[index])
    price = opening * (1 + (1 if long else -1) * costs.slippage_bps * BASIS_POINT)
    return Position(order, index, at, price, order.size / price, price)


def leave(position: Position, series: Series, index: int, hold_bars: int, costs: Costs) -> Exit | None:
    """Return how the position leaves in this bar, the worse first; None if it stays. Moves the peak along."""
    side = series.bid if position.sign > 0 else series.ask
    found = _stopped(position, side, index) or _on_target(position, side, index)
    if found is None and index - position.entry_index + 1 >= hold_bars:
        found = Exit(float(side.close[index]), "time")
    if found is None:
        best = (side.high if position.sign > 0 else side.low)[index]
        position.peak = position.sign * max(position.sign * position.peak, position.sign * float(best))
        return None
    return _slipped(found, position.sign, costs)


def leave_at_close(position: Position, series: Series, index: int, costs: Costs) -> Exit:
    """Leave at the close of a bar because the strategy says so."""
    side = series.bid if position.sign > 0 else series.ask
    return _slipped(Exit(float(side.close[index]), "signal"), position.sign, costs)


def fees(position: Position, found: Exit, costs: Costs) -> tuple[float, float]:
    """Return the fees of entry and exit in the quote currency."""
    rate = costs.fee_bps * BASIS_POINT
    return position.quantity * position.entry_price * rate, position.quantity * found.price * rate


def profit(position: Position, found: Exit, costs: Costs) -> float:
    """Return the profit net of fees, in the quote currency."""
    return position.sign * (found.price - position.entry_price) * position.quantity - sum(
        fees(position, found, costs)
    )


def _slipped(found: Exit, sign: int, costs: Costs) -> Exit:
    if found.reason not in _REASONS_AT_MARKET:
        return found
    return Exit(found.price * (1 - sign * costs.slippage_bps * BASIS_POINT), found.reason)


def _stopped(position: Position, side: Side, index: int) -> Exit | None:
    exits, sign = position.order.idea.strategy.exits, position.sign
    fixed = position.entry_price - sign * exits.stop * position.order.atr
    trailing = fixed if exits.trailing is None else position.peak - sign * exits.trailing * position.order.atr
    level = sign * max(sign * fixed, sign * trailing)
    worst = float((side.low if sign > 0 else side.high)[index])
    if sign * worst > sign * level:
        return None
    opening = float(side.open[index])
    price = opening if sign * opening <= sign * level else level
    return Exit(price, "stop_loss" if level == fixed else "trailing")


def _on_target(position: Position, side: Side, index: int) -> Exit | None:
    distance, reason = _target(position, index)
    if distance is None:
        return None
    sign = position.sign
    level = position.entry_price + sign * distance * position.order.atr
    best = float((side.high if sign > 0 else side.low)[index])
    if sign * best < sign * level:
        return None
    opening = float(side.open[index])
    return Exit(opening if sign * opening >= sign * level else level, reason)


def _target(position: Position, index: int) -> tuple[float | None, Literal["take_profit", "roi"]]:
    exits, held = position.order.idea.strategy.exits, index - position.entry_index
    if exits.take_profit:
        return exits.target, "take_profit"
    return next((distance for bars, distance in reversed(exits.steps) if held >= bars), None), "roi"
