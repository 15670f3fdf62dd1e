"""The outbox: what a chain has changed since it was last published, noted in the chain's own transaction.

It holds keys only; what is published is what the state says when it is published, so that a row corrected ten
times goes out once, and one that is gone goes out as a tombstone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import polars as pl

from untaken.projections.definition import DAY, Projection
from untaken.streams.chain.derive import Derived
from untaken.streams.published.form.keys import table_name
from untaken.streams.store.state import State

LEDGER, TRADES, SHADOW, TABLES, LETTERS = "ledger", "trades", "shadow", "tables", "letters"

SHADOWED = (
    "entry_at",
    "entry_price",
    "exit_at",
    "exit_price",
    "exit_reason",
    "pnl_e8",
    "return_ppm",
    "milli_r",
    "adverse_ppm",
    "favourable_ppm",
    "overlapped",
    "flags",
    "currency",
    "settings_digest",
)
"""Columns of a row whose change is news of its shadow trade."""


class Note(NamedTuple):
    """One thing that changed: a row by its reference, a day of a table, a refused record."""

    kind: str
    key: str
    batch: int
    """Number of the batch that changed it last."""


class Outbox:
    """The notes of one state; it is also the follower that a chain tells what it does."""

    def __init__(self, state: State) -> None:
        self._state = state
        with state.explained():
            state.connection.execute(
                "CREATE TABLE IF NOT EXISTS outbox (kind TEXT NOT NULL, key TEXT NOT NULL, batch INTEGER NOT NULL, "
                "PRIMARY KEY (kind, key)) WITHOUT ROWID"
            )

    def derived(self, batch: int, derived: Derived) -> None:
        """Note the rows that changed."""
        for kind, old, new in (
            (LEDGER, derived.old_signals, derived.new_signals),
            (TRADES, derived.old_trades, derived.new_trades),
        ):
            self.note(kind, pl.concat([old["ref"], new["ref"]]).unique(), batch)
        self.note(SHADOW, _shadows(derived.old_signals, derived.new_signals), batch)

    def folded(self, batch: int, projection: Projection, delta: pl.DataFrame) -> None:
        """Note the days of a table that changed."""
        name = table_name(projection.name, projection.version)
        self.note(TABLES, (f"{name}/{day}" for day in delta[DAY].unique()), batch)

    def refused(self, batch: int, refused: Sequence[pl.DataFrame]) -> None:
        """Note records that were refused."""
        for frame in refused:
            places = frame.select(pl.concat_str("stream", "offset", separator="\x1f")).to_series()
            self.note(LETTERS, places, batch)

    def note(self, kind: str, keys: Iterable[str], batch: int) -> None:
        """Note that these things changed."""
        self._state.connection.executemany(
            "INSERT INTO outbox VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET batch = excluded.batch",
            [(kind, key, batch) for key in keys],
        )

    def pending(self, most: int) -> list[Note]:
        """Return at most so many notes, those of one kind together."""
        rows = self._state.connection.execute(
            "SELECT kind, key, batch FROM outbox ORDER BY kind, key LIMIT ?", (most,)
        )
        return [Note(*row) for row in rows]

    def take_out(self, notes: Iterable[Note]) -> None:
        """Remove notes, but for what changed again meanwhile; inside a transaction."""
        self._state.connection.executemany(
            "DELETE FROM outbox WHERE kind = ? AND key = ? AND batch = ?", notes
        )

    def clear(self) -> None:
        """Remove all notes; inside a transaction."""
        self._state.connection.execute("DELETE FROM outbox")

    def __len__(self) -> int:
        return int(self._state.connection.execute("SELECT count(*) FROM outbox").fetchone()[0])


def state_id(state: State) -> str:
    """Return the name of a state, given once; a state that was emptied is another one."""
    known = state.get("state_id")
    if known is None:
        known = os.urandom(12).hex()
        state.put("state_id", known)
    return known


def _shadows(old: pl.DataFrame, new: pl.DataFrame) -> pl.Series:
    """Return the references of rows whose shadow trade changed."""
    columns = ["ref", *SHADOWED]
    before = old.select("ref", *(pl.col(name).alias(f"was_{name}") for name in SHADOWED))
    both = new.select(columns).join(before, on="ref", how="left")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"was_{name}")) for name in SHADOWED)
    known = pl.col("ref").is_in(old["ref"].implode())
    return both.filter(~(same & known))["ref"]
