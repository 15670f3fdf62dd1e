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
from untaken.streams.chain.lifecycle import expires_now, next_expiry
from untaken.streams.chain.outcomes import PLACED, WALKED_FROM
from untaken.streams.chain.refs import book_ref
from untaken.streams.store.frames import same_rows
from untaken.streams.store.index import TIMES

if TYPE_CHECKING:
    from untaken.streams.chain.chain import Stores

STORED = (*WALKED_FROM, "settings_digest", "expires_at", "expired_at", "filled_at", *OUTCOME)
"""Columns of a row that its trade and its expiry follow from, and what they came to."""


@dataclass(frozen=True)
class Walks:
    """Signals that are to be walked again: what that takes of their rows, and day and TIMES, as they are stored."""

    rows: pl.DataFrame

    @classmethod
    def of(cls, refs: set[str], stores: Stores) -> Walks:
        """Read them."""
        index = stores.signals.of(sorted(refs))
        rows = stores.rows.load("ledger", index["day"], index["ref"], STORED)
        return cls(rows.join(index.select("ref", "day", *TIMES), on="ref").sort("ref"))

    def expiring(self, watermark: int) -> set[str]:
        """Return the signals that the clock lets expire: what became of them is a matter of their facts."""
        return set(self.rows.filter(expires_now(watermark))["ref"])

    def without(self, refs: pl.Series) -> Walks:
        """Leave out what is computed from its facts."""
        return Walks(self.rows.join(refs.to_frame("ref"), on="ref", how="anti", maintain_order="left"))

    def signals(self, context: Context, watermark: int) -> pl.DataFrame:
        """Return them as the kernel takes them: WALKED_FROM and PLACED."""
        placed = {
            "book": book_ref(),
            "settings_index": context.settings_index(),
            "next_expiry": next_expiry(watermark),
        }
        return self.rows.with_columns(**placed).select(*WALKED_FROM, *PLACED)

    def moved(self, walked: pl.DataFrame, stores: Stores) -> pl.DataFrame:
        """Return whole ledger rows, with `book` and TIMES, of those alone that came out otherwise."""
        after = self.rows.select("ref").join(walked, on="ref", maintain_order="left")
        same = same_rows(self.rows, after, (*OUTCOME, *TIMES))
        moved = after.filter(~same).select("ref", "book", *OUTCOME, *TIMES)
        days = self.rows["day"].filter(~same)
        rows = stores.rows.load("ledger", days, moved["ref"]).drop(OUTCOME)
        return rows.join(moved, on="ref").with_columns(error_ppm=error_ppm())
