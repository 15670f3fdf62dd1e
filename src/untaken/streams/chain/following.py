"""Who follows a chain: told of every change in the transaction that makes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import polars as pl

from untaken.projections.definition import Projection
from untaken.streams.chain.derive import Derived


class Follower(Protocol):
    """Whoever is told, inside the transaction of a batch, what it changes."""

    def derived(self, batch: int, derived: Derived) -> None:
        """Take note of rows before and after, of those alone that changed."""

    def folded(self, batch: int, projection: Projection, delta: pl.DataFrame) -> None:
        """Take note of what was added to the table of a projection."""

    def refused(self, batch: int, refused: Sequence[pl.DataFrame]) -> None:
        """Take note of records that were refused (columns of `intake.REFUSED`)."""
