"""The orders of a freqtrade trade as fills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from untaken.schemas.kinds import Role
from untaken.streams.connectors.freqtrade.cells import (
    Record,
    Unusable,
    flag,
    moment,
    needed,
    needed_moment,
    number,
    text,
)
from untaken.streams.connectors.freqtrade.exits import Direction

Side = Literal["buy", "sell"]


@dataclass(frozen=True)
class Fill:
    """One executed order; price in the quote currency, quantity in the base."""

    at: datetime
    role: Role
    side: Side
    price: float
    quantity: float
    tag: str | None = None
    order_id: str | None = None

    @property
    def notional(self) -> float:
        return self.price * self.quantity


def fills_of(trade: Record, direction: Direction) -> list[Fill]:
    """Return the fills in order: those of the orders, else entry and exit as the trade itself tells them.

    Orders that were never filled are left out. Raises Unusable where price, quantity or time are missing.
    """
    orders = trade.get("orders")
    if isinstance(orders, list) and orders:
        found = [
            _of_order(order, direction) for order in orders if isinstance(order, dict) and _executed(order)
        ]
        roles = {fill.role for fill in found}
        if roles == {"entry"}:  # closed by hand or by a repair: the trade alone knows how
            found += _of_trade(trade, direction)[1:]
        if "entry" in roles:
            return sorted(found, key=lambda fill: (fill.at, fill.role))
    return _of_trade(trade, direction)


def mean_price(fills: list[Fill], role: Role) -> float:
    """Return the mean price of entries or exits, weighted by quantity."""
    chosen = [fill for fill in fills if fill.role == role]
    return sum(fill.notional for fill in chosen) / sum(fill.quantity for fill in chosen)


def quantity(fills: list[Fill], role: Role) -> float:
    return sum(fill.quantity for fill in fills if fill.role == role)


def _executed(order: Record) -> bool:
    filled = number(order, "filled", "amount") or 0.0
    return filled > 0 and (number(order, "order_filled_timestamp") or 0.0) > 0


def _of_order(order: Record, direction: Direction) -> Fill:
    side = _side(order, direction)
    opens = _opening_side(direction)
    entry = flag(order, "ft_is_entry") if "ft_is_entry" in order else side == opens
    at = moment(order, "order_filled_timestamp")
    price = number(order, "safe_price", "average", "price")
    amount = number(order, "filled", "amount")
    if at is None or price is None or amount is None:
        raise Unusable("an order lacks price, amount or time")
    role: Role = "entry" if entry else "exit"
    return Fill(at, role, side, price, amount, text(order, "ft_order_tag"), text(order, "order_id"))


def _side(order: Record, direction: Direction) -> Side:
    side = text(order, "ft_order_side", "side")
    if side == "buy":
        return "buy"
    if side == "sell":
        return "sell"
    if side == "stoploss":
        return _other(_opening_side(direction))
    raise Unusable("an order says neither buy nor sell")


def _of_trade(trade: Record, direction: Direction) -> list[Fill]:
    opens = _opening_side(direction)
    amount = needed(trade, "amount")
    opened = needed_moment(trade, "open_timestamp", "open_date")
    entry = Fill(opened, "entry", opens, needed(trade, "open_rate"), amount)
    closed = None if flag(trade, "is_open") else moment(trade, "close_timestamp", "close_date")
    if closed is None:
        return [entry]
    return [entry, Fill(closed, "exit", _other(opens), needed(trade, "close_rate"), amount)]


def _opening_side(direction: Direction) -> Side:
    return "buy" if direction == "long" else "sell"


def _other(side: Side) -> Side:
    return "sell" if side == "buy" else "buy"
