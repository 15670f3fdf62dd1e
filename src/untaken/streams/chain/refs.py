"""References: one string for what a fact belongs to."""

from __future__ import annotations

import polars as pl

SEPARATOR = "\x1f"
"""Cannot occur in a name (names hold no control characters), so references are unambiguous."""


def signal_ref(signal_id: str = "signal_id") -> pl.Expr:
    """Return reference of a signal: s, bot, run, signal id; null where the id is."""
    return pl.concat_str(pl.lit("s"), "bot", "run", signal_id, separator=SEPARATOR, ignore_nulls=False)


def trade_ref() -> pl.Expr:
    """Return reference of a trade: t, bot, run, trade id."""
    return pl.concat_str(pl.lit("t"), "bot", "run", "trade_id", separator=SEPARATOR)


def book_ref() -> pl.Expr:
    """Return reference of a book: bot, run, strategy, symbol and direction; exit signals belong to it."""
    return pl.concat_str(pl.lit("x"), "bot", "run", "strategy", "symbol", "direction", separator=SEPARATOR)


REF_OF_TYPE: dict[str, pl.Expr] = {
    "signal.emitted": signal_ref(),
    "decision.made": signal_ref(),
    "signal.expired": signal_ref(),
    "exit.signalled": book_ref(),
    "order.filled": trade_ref(),
    "trade.closed": trade_ref(),
}
"""What a fact of each type belongs to."""

OTHER_OF_TYPE: dict[str, pl.Expr] = {"order.filled": signal_ref(), "trade.closed": signal_ref()}
"""The signal that a fact of a trade names, if any."""
