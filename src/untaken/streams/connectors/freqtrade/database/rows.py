"""Rows of a trades database in the words of freqtrade's results, which name the same things otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from untaken.schemas.times import to_us
from untaken.streams.connectors.candles.naming import in_words
from untaken.streams.connectors.freqtrade.cells import Record, Unusable, number, text

_RENAMED: Final[Mapping[str, str]] = {
    "close_profit": "profit_ratio",
    "close_profit_abs": "profit_abs",
    "initial_stop_loss_pct": "initial_stop_loss_ratio",
    "sell_reason": "exit_reason",
    "buy_tag": "enter_tag",
    "stop_loss": "stop_loss_abs",
}
_FLAGS: Final = ("is_open", "is_short", "active", "ft_is_open")
_STAMPS: Final[Mapping[str, str]] = {
    "open_date": "open_timestamp",
    "close_date": "close_timestamp",
    "order_date": "order_timestamp",
    "order_filled_date": "order_filled_timestamp",
    "lock_time": "lock_timestamp",
    "lock_end_time": "lock_end_timestamp",
}
_MINUTE_US: Final = 60_000_000


def record_of(row: Record) -> Record:
    """Return a row with freqtrade's JSON names, flags as booleans and its naive UTC times in milliseconds.

    Raises Unusable for a time that is none.
    """
    record = {_RENAMED.get(name, name): value for name, value in row.items() if value is not None}
    record |= {name: bool(record[name]) for name in _FLAGS if name in record}
    return record | {stamp: _milliseconds(record, date) for date, stamp in _STAMPS.items() if date in record}


def trade_record(row: Record, orders: Iterable[Record]) -> Record:
    """Return a trade with its orders; when the first was placed and at what price it was wished for beside them."""
    record = record_of(row)
    read = [order_record(order, record) for order in orders]
    entries = [order for order in read if order["ft_is_entry"]]
    exits = [order for order in read if not order["ft_is_entry"] and _is_filled(order)]
    first = next((order for order in entries if _is_filled(order)), {})
    known = {
        "orders": [order for order in read if _is_filled(order)],
        "pending": bool(entries) and not any(map(_is_done, entries)),
        "signal_timestamp": _placed(first) or record.get("open_timestamp"),
        "signal_rate": number(record, "open_rate_requested"),
        "exit_timestamp": _placed(exits[-1]) if exits else None,
    }
    return record | {name: value for name, value in known.items() if value is not None}


def order_record(row: Record, trade: Record) -> Record:
    """Return an order; a stop order is an exit, and so is whatever is not of the entry's side."""
    order = record_of(row)
    opens = "sell" if trade.get("is_short") else "buy"
    order["safe_price"] = number(order, "average") or number(order, "price") or number(order, "ft_price")
    order["ft_is_entry"] = text(order, "ft_order_side", "side") == opens
    return order


def by_trade(orders: Iterable[Record]) -> dict[object, list[Record]]:
    """Group orders by the trade that they belong to."""
    groups: dict[object, list[Record]] = defaultdict(list)
    for order in orders:
        groups[order.get("ft_trade_id")].append(order)
    return groups


def timeframe_of(row: Record) -> str | None:
    """Return the timeframe, which the database keeps in minutes."""
    minutes = number(row, "timeframe")
    return None if not minutes or minutes < 1 else in_words(round(minutes) * _MINUTE_US)


def _is_done(order: Record) -> bool:
    """Say whether an order counts: one that is still open may yet be filled further."""
    return not order.get("ft_is_open") and (number(order, "filled") or 0.0) > 0


def _is_filled(order: Record) -> bool:
    return _is_done(order) and "order_filled_timestamp" in order


def _placed(order: Record) -> float | None:
    """Return when an order was placed; some exchanges report it after the fill."""
    times = [
        value for name in ("order_timestamp", "order_filled_timestamp") if (value := number(order, name))
    ]
    return min(times, default=None)


def _milliseconds(record: Record, name: str) -> float:
    try:
        moment = datetime.fromisoformat(str(record[name]))
    except ValueError:
        raise Unusable(f"its {name} was {str(record[name])[:40]!r}, which is no time") from None
    return to_us(moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)) / 1000
