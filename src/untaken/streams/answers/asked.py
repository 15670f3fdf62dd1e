"""What is asked for, and of whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from untaken.schemas.settings import MICROSECONDS
from untaken.streams.chain.chain import BEGINNING
from untaken.streams.view import Filters, View, Window


class Group(NamedTuple):
    """What figures are told apart by: those of different groups are never added together."""

    bot: str
    run: str
    mode: str
    currency: str

    def of(self, table: pl.DataFrame) -> pl.DataFrame:
        """Rows of this group."""
        return table.filter(*(pl.col(name) == value for name, value in self._asdict().items()))


@dataclass(frozen=True)
class Asked:
    """The window and the filters that figures are asked for; `hours` None, without bounds, is everything."""

    hours: float | None = 24.0
    since: int | None = None
    until: int | None = None
    filters: Filters = field(default_factory=Filters)

    def window(self, view: View, now: int | None) -> Window:
        """Return the window in a view; `now` (microseconds) marks a live log, whose window ends there."""
        if self.since is not None or self.until is not None:
            return Window(self.since, self.until)
        if self.hours is None or (now is None and view.watermark <= BEGINNING):
            return Window()
        end = now if now is not None else view.watermark + 1
        return Window(end - round(self.hours * 3600 * MICROSECONDS), end)
