"""Trades databases as freqtrade 2026.9 lays them out, small ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]

TEN = datetime(2024, 3, 4, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

TRADES: Mapping[str, str] = {
    "id": "INTEGER NOT NULL PRIMARY KEY", "exchange": "VARCHAR(25) NOT NULL", "pair": "VARCHAR(25) NOT NULL",
    "base_currency": "VARCHAR(25)", "stake_currency": "VARCHAR(25)", "is_open": "BOOLEAN NOT NULL",
    "fee_open": "FLOAT NOT NULL", "fee_open_cost": "FLOAT", "fee_open_currency": "VARCHAR(25)",
    "fee_close": "FLOAT NOT NULL", "fee_close_cost": "FLOAT", "fee_close_currency": "VARCHAR(25)",
    "open_rate": "FLOAT NOT NULL", "open_rate_requested": "FLOAT", "open_trade_value": "FLOAT",
    "close_rate": "FLOAT", "close_rate_requested": "FLOAT", "realized_profit": "FLOAT", "close_profit": "FLOAT",
    "close_profit_abs": "FLOAT", "stake_amount": "FLOAT NOT NULL", "max_stake_amount": "FLOAT",
    "amount": "FLOAT NOT NULL", "amount_requested": "FLOAT", "open_date": "DATETIME NOT NULL",
    "close_date": "DATETIME", "stop_loss": "FLOAT", "stop_loss_pct": "FLOAT", "initial_stop_loss": "FLOAT",
    "initial_stop_loss_pct": "FLOAT", "is_stop_loss_trailing": "BOOLEAN NOT NULL", "max_rate": "FLOAT",
    "min_rate": "FLOAT", "exit_reason": "VARCHAR(255)", "exit_order_status": "VARCHAR(100)",
    "strategy": "VARCHAR(100)", "enter_tag": "VARCHAR(255)", "timeframe": "INTEGER", "trading_mode": "VARCHAR(7)",
    "amount_precision": "FLOAT", "price_precision": "FLOAT", "precision_mode": "INTEGER",
    "precision_mode_price": "INTEGER", "contract_size": "FLOAT", "leverage": "FLOAT", "is_short": "BOOLEAN NOT NULL",
    "liquidation_price": "FLOAT", "interest_rate": "FLOAT NOT NULL", "funding_fees": "FLOAT",
    "funding_fee_running": "FLOAT", "record_version": "INTEGER NOT NULL",
}  # fmt: skip
ORDERS: Mapping[str, str] = {
    "id": "INTEGER NOT NULL PRIMARY KEY", "ft_trade_id": "INTEGER NOT NULL", "ft_order_side": "VARCHAR(25) NOT NULL",
    "ft_pair": "VARCHAR(25) NOT NULL", "ft_is_open": "BOOLEAN NOT NULL", "ft_amount": "FLOAT NOT NULL",
    "ft_price": "FLOAT NOT NULL", "ft_cancel_reason": "VARCHAR(255)", "order_id": "VARCHAR(255) NOT NULL",
    "status": "VARCHAR(255)", "symbol": "VARCHAR(25)", "order_type": "VARCHAR(50)", "side": "VARCHAR(25)",
    "price": "FLOAT", "average": "FLOAT", "amount": "FLOAT", "filled": "FLOAT", "remaining": "FLOAT", "cost": "FLOAT",
    "stop_price": "FLOAT", "order_date": "DATETIME", "order_filled_date": "DATETIME", "order_update_date": "DATETIME",
    "funding_fee": "FLOAT", "ft_fee_base": "FLOAT", "ft_order_tag": "VARCHAR(255)",
}  # fmt: skip
LOCKS: Mapping[str, str] = {
    "id": "INTEGER NOT NULL PRIMARY KEY", "pair": "VARCHAR(25) NOT NULL", "side": "VARCHAR(25) NOT NULL",
    "reason": "VARCHAR(255)", "lock_time": "DATETIME NOT NULL", "lock_end_time": "DATETIME NOT NULL",
    "active": "BOOLEAN NOT NULL",
}  # fmt: skip
VALUES: Mapping[str, str] = {
    "id": "INTEGER NOT NULL PRIMARY KEY", "key": "VARCHAR(50) NOT NULL", "value_type": "VARCHAR(20) NOT NULL",
    "string_value": "VARCHAR(255)", "datetime_value": "DATETIME", "float_value": "DOUBLE", "int_value": "INTEGER",
}  # fmt: skip
STARTED = {
    "id": 1,
    "key": "bot_start_time",
    "value_type": "datetime",
    "datetime_value": "2024-03-01 00:00:00.000000",
}


def stamp(after: timedelta) -> str:
    """Return a time as freqtrade's database keeps it: UTC, without saying so."""
    return (TEN + after).strftime("%Y-%m-%d %H:%M:%S.%f")


def trade_row(key: int = 1, **changes: Any) -> Row:
    """Return a closed long of 10 units from 100 to 104 at 0.1 % fee, net 37.96, wished for at 99.9."""
    return {
        "id": key,
        "exchange": "binance",
        "pair": "AAA/USDT",
        "base_currency": "AAA",
        "stake_currency": "USDT",
        "is_open": 0,
        "fee_open": 0.001,
        "fee_close": 0.001,
        "open_rate": 100.0,
        "open_rate_requested": 99.9,
        "close_rate": 104.0,
        "realized_profit": 37.96,
        "close_profit": 0.037922,
        "close_profit_abs": 37.96,
        "stake_amount": 1000.0,
        "max_stake_amount": 1000.0,
        "amount": 10.0,
        "open_date": stamp(0 * MINUTE),
        "close_date": stamp(60 * MINUTE),
        "initial_stop_loss_pct": -0.1,
        "is_stop_loss_trailing": 0,
        "exit_reason": "roi",
        "strategy": "Dip",
        "enter_tag": "dip",
        "timeframe": 5,
        "trading_mode": "SPOT",
        "leverage": 1.0,
        "is_short": 0,
        "interest_rate": 0.0,
        "record_version": 2,
        **changes,
    }


def order_row(
    key: int, trade: int = 1, *, side: str = "buy", after: timedelta = 0 * MINUTE, **changes: Any
) -> Row:
    """Return an order over 10 units at 100, filled 2 s after it was placed."""
    return {
        "id": key,
        "ft_trade_id": trade,
        "ft_order_side": side,
        "ft_pair": "AAA/USDT",
        "ft_is_open": 0,
        "ft_amount": 10.0,
        "ft_price": 100.0,
        "order_id": f"dry_run_{side}_AAA/USDT_{key}",
        "status": "closed",
        "side": side,
        "price": 100.0,
        "average": 100.0,
        "amount": 10.0,
        "filled": 10.0,
        "order_date": stamp(after),
        "order_filled_date": stamp(after + timedelta(seconds=2)),
        **changes,
    }


def lock_row(key: int = 1, *, begin: int = 60, end: int = 120, **changes: Any) -> Row:
    """Return a lock of a pair by the guard against stops, from and to so many minutes after ten."""
    return {
        "id": key,
        "pair": "AAA/USDT",
        "side": "*",
        "reason": "2 stoplosses in 60 min, locking for 60 min.",
        "lock_time": stamp(begin * MINUTE),
        "lock_end_time": stamp(end * MINUTE),
        "active": 1,
        **changes,
    }


def whole_trade() -> tuple[list[Row], list[Row]]:
    """Return a closed trade and its two orders."""
    exit_order = order_row(2, side="sell", after=60 * MINUTE, price=104.0, average=104.0)
    return [trade_row()], [order_row(1), exit_order]


def open_trade(key: int = 2) -> tuple[list[Row], list[Row]]:
    """Return a trade that is still open, three hours later."""
    closing = {
        "is_open": 1,
        "close_rate": None,
        "close_date": None,
        "close_profit": None,
        "close_profit_abs": None,
    }
    row = trade_row(key, open_date=stamp(180 * MINUTE), exit_reason=None, **closing)
    return [row], [order_row(10 * key, key, after=180 * MINUTE)]


def database(
    path: Path,
    trades: Iterable[Row] = (),
    orders: Iterable[Row] = (),
    locks: Iterable[Row] = (),
    *,
    values: Iterable[Row] = (STARTED,),
    without: Iterable[str] = (),
) -> Path:
    """Write a database in WAL mode; `without`: tables and columns of trades that it lacks, or renames as `old=new`."""
    lacking = set(without)
    renamed = dict(name.split("=") for name in lacking if "=" in name)
    tables = {"trades": (TRADES, trades), "orders": (ORDERS, orders), "pairlocks": (LOCKS, locks)}
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for name, (columns, rows) in {**tables, "KeyValueStore": (VALUES, values)}.items():
            if name not in lacking:
                kept = {renamed.get(key, key): kind for key, kind in columns.items() if key not in lacking}
                _fill(
                    connection, name, kept, ({renamed.get(k, k): v for k, v in row.items()} for row in rows)
                )
        connection.commit()
    return path


def _fill(connection: sqlite3.Connection, name: str, columns: Mapping[str, str], rows: Iterable[Row]) -> None:
    described = ", ".join(f'"{key}" {kind}' for key, kind in columns.items())
    connection.execute(f'CREATE TABLE IF NOT EXISTS "{name}" ({described})')
    for row in rows:
        chosen = {key: value for key, value in row.items() if key in columns}
        names, marks = ", ".join(chosen), ", ".join("?" * len(chosen))
        insert = f'INSERT OR REPLACE INTO "{name}" ({names}) VALUES ({marks})'  # noqa: S608 # our own names
        connection.execute(insert, list(chosen.values()))
