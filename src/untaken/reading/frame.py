"""What frames of figures have in common: whose rows they are, and the columns that several of them hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from untaken.projections.figures import Figures
from untaken.reading.columns import Column, frame_of, schema_of
from untaken.streams.answers import Answers, Group

BOT = Column("bot", "text", "Bot.")
RUN = Column("run", "text", "Run of the bot.")
MODE = Column("mode", "text", "Mode: live, paper or backtest.")
GROUP = (BOT, RUN, MODE, Column("currency", "text", "Account currency, of all money in the row."))

COUNTED = Column("counted", "count", "Those that the money is of.")
PNL = Column("pnl", "money", "Profit after costs.")
WINS = Column("wins", "count", "Those that made money.")
WIN_RATE = Column("win_rate", "share", "Wins of those counted.")
PROFIT_FACTOR = Column("profit_factor", "number", "Gains over losses; null without losses or trades.")
SHARPE = Column("sharpe", "number", "Annualised Sharpe ratio of daily results, idle days included.")
DRAWDOWN = Column("drawdown", "money", "Largest fall from a peak, in order of exit.")
UNRESOLVED = Column("unresolved", "count", "Signals without a result yet, or without prices.")

Rows = Callable[[Answers, Group], Iterator[Figures]]


@dataclass(frozen=True)
class Frame:
    """A frame of figures: rows of each bot, run, mode and currency, one after the other."""

    name: str
    text: str
    """What a row is."""
    columns: tuple[Column, ...]
    rows: Rows

    @property
    def all_columns(self) -> tuple[Column, ...]:
        return (*GROUP, *self.columns)

    def of(self, answers: Answers, *, exact: bool = False) -> pl.DataFrame:
        """Return the frame of these answers."""
        rows = [
            {**group._asdict(), **figures}
            for group in answers.groups
            for figures in self.rows(answers, group)
        ]
        return frame_of(rows, self.all_columns, exact=exact)

    def schema(self, *, exact: bool = False) -> dict[str, pl.DataType]:
        """Return names and types of its columns."""
        return schema_of(self.all_columns, exact=exact)
