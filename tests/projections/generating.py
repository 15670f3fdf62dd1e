"""Random rows of ledger and trades, as extreme as their columns allow, for the algebra of projections."""

from typing import Any

import polars as pl
from hypothesis import strategies as st

from tests.projections.builders import Row, asked, at, ledger_of, trades_of
from untaken.projections.definition import Projection

LARGEST = 2**63 - 1
"""Figures that do not fit 64 bits are kept at this, of either sign."""

GUARDS = ("spread", "cooldown", "balance")

Rows = list[Row]

amounts = st.one_of(st.integers(-1000, 1000), st.sampled_from([LARGEST, -LARGEST, 2**62, -(2**62)]))
"""Small ones, that cancel out, and ones whose sum over a few rows leaves 64 bits."""


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


shared: dict[str, st.SearchStrategy[Any]] = {
    "bot": st.sampled_from(["a", "b"]),
    "run": st.sampled_from(["default", "second"]),
    "mode": st.sampled_from(["live", "backtest"]),
    "currency": st.sampled_from(["USD", "EUR"]),
    "symbol": st.sampled_from(["BTC/USD", "ETH/USD"]),
    "strategy": st.sampled_from(["swing", "drift"]),
    "at": st.integers(-3, 3).map(lambda quarters: at(day=0, second=quarters * 21_600)),
    "pnl_e8": maybe(amounts),
    "return_ppm": amounts,
}

ledger_rows = st.fixed_dictionaries(
    {
        **shared,
        "settings_digest": st.sampled_from(["first", "second"]),
        "status": st.sampled_from(["filled", "blocked", "blocked", "expired", "approved", "undecided"]),
        "blockers": st.sets(st.sampled_from(GUARDS), min_size=1).map(sorted),
        "first": st.sampled_from(GUARDS),
        "chain_complete": maybe(st.booleans()),
        "asked": st.sets(st.sampled_from(GUARDS)).map(lambda names: asked(*sorted(names))),
        "resolved": st.booleans(),
        "overlapped": st.booleans(),
        "over_cluster": maybe(st.booleans()),
        "stop_assumed": st.booleans(),
        "has_prices": st.booleans(),
        "exit_reason": maybe(st.sampled_from(["take_profit", "no_data"])),
        "milli_r": maybe(amounts),
        "slippage_milli_r": maybe(st.integers(0, 100)),
        "stop_loss_pct": maybe(st.sampled_from([0.5, 2.0, 100.0])),
        "repeats": st.integers(0, 5),
        "confidence": maybe(st.floats(0, 1)),
        "decision_latency_us": maybe(st.integers(-5, 5)),
        "real_return_ppm": amounts,
        "error_ppm": maybe(amounts),
    }
)

trade_rows = st.fixed_dictionaries(
    {
        **shared,
        "state": st.sampled_from(["open", "closed"]),
        "counts": st.booleans(),
        "fees_e8": maybe(amounts),
        "anomalies": st.lists(st.sampled_from(["pnl_sign_reversed", "fill_outside_bar"]), unique=True),
    }
)


def rows_of(projection: Projection) -> st.SearchStrategy[Rows]:
    """Return up to a dozen rows of a projection's source."""
    return st.lists(trade_rows if projection.source == "trades" else ledger_rows, max_size=12)


def frame(projection: Projection, rows: Rows) -> pl.DataFrame:
    return trades_of(*rows) if projection.source == "trades" else ledger_of(*rows)
