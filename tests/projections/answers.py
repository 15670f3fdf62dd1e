"""Rows of ledger and trades with what the projections of all answers read besides, and random ones."""

from typing import Any

import polars as pl
from hypothesis import strategies as st

from tests.projections.builders import Row, at
from tests.projections.generating import Rows, amounts, ledger_rows, maybe, trade_rows
from untaken.projections import ledger, trades
from untaken.projections.definition import Projection
from untaken.projections.missed_opportunity.table import MISSED_OPPORTUNITY, MISSED_REASONS
from untaken.projections.performance.calibration import CALIBRATION, SHADOW_CALIBRATION
from untaken.projections.performance.table import PERFORMANCE, SIGNAL_PERFORMANCE
from untaken.projections.signal_decay.table import (
    EDGE_BY_DELAY,
    IMPLEMENTATION_SHORTFALL,
    SIGNAL_DELAYS,
)

ANSWERS: tuple[Projection, ...] = (
    MISSED_OPPORTUNITY,
    MISSED_REASONS,
    SIGNAL_DELAYS,
    IMPLEMENTATION_SHORTFALL,
    EDGE_BY_DELAY,
    PERFORMANCE,
    SIGNAL_PERFORMANCE,
    CALIBRATION,
    SHADOW_CALIBRATION,
)

LEDGER = ledger.COLUMNS
TRADES = trades.COLUMNS


def signals_of(*rows: Row) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=LEDGER)


def trades_of(*rows: Row) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=TRADES)


def frame(projection: Projection, rows: Rows) -> pl.DataFrame:
    return trades_of(*rows) if projection.source == "trades" else signals_of(*rows)


labels: dict[str, st.SearchStrategy[Any]] = {
    "timeframe": maybe(st.sampled_from(["5m", "1h"])),
    "sector": maybe(st.sampled_from(["coins", "metals"])),
    "regime": maybe(st.sampled_from(["trend", "range"])),
    "direction": st.sampled_from(["long", "short"]),
    "model_version": maybe(st.sampled_from(["m1", "m2"])),
    "confidence": maybe(st.floats(0, 1)),
    "components": maybe(st.sampled_from(["{}", '{"rsi":0.5}', '{"rsi":-0.25,"trend":1e-1}', '{"trend":-3}'])),
    "tags": maybe(st.lists(st.sampled_from(["news", "late"]), max_size=3)),
}

prices = maybe(st.sampled_from([1e-12, 0.5, 100.0, 100.12, 1e12]))

durations = maybe(st.integers(-5, 5) | st.integers(0, 2**40))

signal_rows = st.builds(
    lambda known, more: known | more,
    ledger_rows,
    st.fixed_dictionaries(
        {
            **labels,
            "reason_code": maybe(st.sampled_from(["max_positions", "spread"])),
            "decision_latency_us": durations,
            "fill_latency_us": durations,
            "decision_price": prices,
            "fill_price": prices,
            "later_ppm": maybe(
                st.lists(maybe(amounts), min_size=len(ledger.DELAYS_S), max_size=len(ledger.DELAYS_S))
            ),
        }
    ),
)

closed_rows = st.builds(
    lambda known, more: known | more | {"exit_at": known["at"] if known["state"] == "closed" else None},
    trade_rows,
    st.fixed_dictionaries(
        {
            **labels,
            "entry_at": maybe(st.integers(-9, 0).map(lambda hours: at(second=hours * 3600))),
            "actor": maybe(st.sampled_from(["bot", "operator"])),
        }
    ),
)


def rows_of(projection: Projection) -> st.SearchStrategy[Rows]:
    """Return up to ten rows of a projection's source."""
    return st.lists(closed_rows if projection.source == "trades" else signal_rows, max_size=10)
