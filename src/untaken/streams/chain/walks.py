"""Signals of which prices or the clock alone moved the shadow trade: walked again from their rows.

A row holds the terms it was simulated on, and they stand as long as no fact, setting or declaration touches them. So
its facts need not be read again, and most rows are as they were: their trade is still open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from untaken.projections.ledger import OUTCOME, error_ppm
from untaken.streams.chain.context import Context
from untaken.streams.chain.exits import exits_of
from untaken.streams.chain.lifecycle import expires_now, next_expiry
from untaken.streams.chain.outcomes import with_outcomes
from untaken.streams.chain.refs import book_ref
from untaken.streams.store.index import TIMES

if TYPE_CHECKING:
    from untaken.streams.chain.chain import Stores

WALKED_FROM = (
    *("ref", "bot", "run", "symbol", "strategy", "direction", "entry_at", "base_price", "bid", "ask"),
    *("settings_digest", "size", "fx", "take_profit_pct", "stop_loss_pct", "trailing_stop_pct", "roi_steps"),
    *("max_hold_us", "fee_bps", "slippage_bps", "grace_us", "expires_at", "expired_at", "filled_at"),
)
"""Columns of a row that its trade and its expiry follow from."""


@dataclass(frozen=True)
class Walks:
    """Signals that are to be walked again: of their rows (columns of WALKED_FROM, OUTCOME, TIMES) what that takes."""

    rows: pl.DataFrame

    @classmethod
    def of(cls, refs: set[str], stores: Stores) -> Walks:
        """Read them as they are stored."""
        index = stores.signals.of(sorted(refs))
        rows = stores.rows.load("ledger", index["day"], index["ref"], [*WALKED_FROM, *OUTCOME])
        return cls(rows.join(index.select("ref", *TIMES), on="ref").sort("ref"))

    def expiring(self, watermark: int) -> set[str]:
        """Return the signals that the clock lets expire: what became of them is a matter of their facts."""
        return set(self.rows.filter(expires_now(watermark))["ref"])

    def without(self, refs: pl.Series) -> Walks:
        """Leave out what is computed from its facts."""
        return Walks(self.rows.join(refs.to_frame("ref"), on="ref", how="anti", maintain_order="left"))

    def moved(self, stores: Stores, context: Context, watermark: int) -> pl.DataFrame:
        """Walk them; return whole ledger rows of those alone that moved, with `book` and TIMES."""
        if self.rows.is_empty():
            return _whole(self.rows.with_columns(book=pl.lit("")), stores)
        signals = self.rows.drop(*OUTCOME, *TIMES).with_columns(
            book=book_ref(), settings_index=context.settings_index(), next_expiry=next_expiry(watermark)
        )
        after = with_outcomes(
            signals, stores.prices, exits_of(signals, context.alias_frame(), stores.facts), context, watermark
        )
        same = pl.Series([True]).new_from_index(0, after.height)
        for name in (*OUTCOME, *TIMES):
            same = same & self.rows[name].eq_missing(after[name])
        return _whole(after.filter(~same), stores)


def _whole(walked: pl.DataFrame, stores: Stores) -> pl.DataFrame:
    """Put what was walked into the rows it belongs to."""
    index = stores.signals.of(walked["ref"])
    rows = stores.rows.load("ledger", index["day"], index["ref"]).drop(OUTCOME)
    outcomes = walked.select("ref", "book", *OUTCOME, *TIMES)
    return rows.join(outcomes, on="ref").with_columns(error_ppm=error_ppm())
