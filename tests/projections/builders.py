"""Small ledgers and trade tables as frames, one row a call; what is not named is plain."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from untaken.projections import ledger, trades
from untaken.projections.definition import DAY_US

DAY_2024 = 19_723
"""2024-01-01, in days since 1970-01-01."""

E8 = 10**8

Row = dict[str, Any]


def at(day: int = 0, second: float = 0.0) -> int:
    """Return microseconds of a second of a day, counted from 2024-01-01."""
    return (DAY_2024 + day) * DAY_US + round(second * 1_000_000)


def signal(name: str = "s1", *, pnl: float | None = None, r: float | None = None, **fields: Any) -> Row:
    """Return a ledger row: resolved with a result in money (and in R), pending without one."""
    known: Row = {
        "bot": "bot",
        "run": "default",
        "signal_id": name,
        "mode": "live",
        "currency": "USD",
        "settings_digest": "digest",
        "symbol": "BTC/USD",
        "strategy": "swing",
        "at": at(),
        "repeats": 0,
        "status": "undecided",
        "blockers": [],
        "asked": [],
        "overlapped": False,
        "over_cluster": False,
        "stop_assumed": False,
        "has_prices": True,
        "resolved": False,
    }
    return known | _result(pnl, r) | fields


def _result(pnl: float | None, r: float | None) -> Row:
    if pnl is None and r is None:
        return {}
    return {
        "resolved": True,
        "exit_at": at(),
        "exit_reason": "take_profit" if (pnl or r or 0) > 0 else "stop_loss",
        "pnl_e8": None if pnl is None else round(pnl * E8),
        "return_ppm": round((pnl or 0) * 1000),
        "milli_r": None if r is None else round(r * 1000),
        "slippage_milli_r": 20,
        "stop_loss_pct": 2.0,
    }


def blocked(name: str, by: Sequence[str], *, complete: bool = True, **fields: Any) -> Row:
    """Return a blocked signal; the first of the blockers is the first that blocked."""
    said: Row = {
        "status": "blocked",
        "blockers": sorted(by),
        "first": by[0],
        "chain_complete": complete,
        "asked": asked(*by),
    }
    return signal(name, **(said | fields))


def asked(*guards: str, kind: str | None = "stateless") -> list[Row]:
    return [{"guard": guard, "kind": kind} for guard in guards]


def trade(name: str = "t1", *, pnl: float | None = None, fees: float = 0.0, **fields: Any) -> Row:
    """Return a trade row: closed with a result, open without one."""
    known: Row = {
        "bot": "bot",
        "run": "default",
        "trade_id": name,
        "mode": "live",
        "currency": "USD",
        "symbol": "BTC/USD",
        "strategy": "swing",
        "state": "open" if pnl is None else "closed",
        "fees_e8": round(fees * E8),
        "pnl_e8": None if pnl is None else round(pnl * E8),
        "counts": True,
        "anomalies": [],
        "at": at(),
        "exit_at": None if pnl is None else at(),
    }
    return known | fields


def ledger_of(*rows: Row) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=ledger.COLUMNS) if rows else ledger.empty()


def trades_of(*rows: Row) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=trades.COLUMNS) if rows else trades.empty()
