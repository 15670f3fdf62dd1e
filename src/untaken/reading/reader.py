"""A log as it is read from Python: figures, rows and SQL of one moment, as typed polars frames."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Literal, Self, Unpack

import polars as pl

from untaken.projections.figures import Figures
from untaken.reading import conclusions, figures, results, rows
from untaken.reading.chosen import BesideDays, BesideHours, Choice, Chosen
from untaken.reading.frame import Frame
from untaken.reading.known import demand_known
from untaken.reading.snapshot import Snapshot
from untaken.reading.sql import Tables, answer, explained
from untaken.reading.windows import Span
from untaken.schemas.times import from_us
from untaken.streams.answers import Asked
from untaken.streams.chain.chain import BEGINNING
from untaken.streams.store.rows import Kind
from untaken.streams.view import EVERY_ROW, View, Window

Status = Literal["filled", "blocked", "expired", "approved", "undecided"]

DAYS_OF_PERFORMANCE = 7.0
FIGURES = (figures.GUARDS, figures.MISSED_OPPORTUNITIES, figures.SHADOW_PERFORMANCE, *results.FRAMES)
"""Frames that are told apart by bot, run, mode and currency."""
TABLES = (
    "ledger",
    "signals",
    "trades",
    "decisions",
    *(f.name for f in FIGURES),
    "knobs",
    "feedback",
    "model",
)
"""Tables of queries; `signals` is the ledger by another name."""


class Reader:
    """A log, read at one moment; nothing is written, and an engine or worker goes on meanwhile.

    Frames hold times as UTC datetimes and money in account currency: floats, the nearest to the exact amount, or
    with `exact=True` whole numbers of 1e-8 in columns that end in `_e8`. Figures are of the last 24 hours where
    nothing else is chosen (`[report] hours`), performance of 7 days, rows and queries of everything. What can be
    chosen, here as `chosen`, is listed in `Chosen`; a window is given whole, filters add up.
    """

    def __init__(self, snapshot: Snapshot, choice: Choice | None = None) -> None:
        self._snapshot = snapshot
        self._choice = choice or Choice()

    def where(self, **chosen: Unpack[Chosen]) -> Reader:
        """Return a reader of the same moment, of what is chosen."""
        return Reader(self._snapshot, self._choice.narrowed(chosen))

    @property
    def url(self) -> str:
        """The log."""
        return self._snapshot.url

    @property
    def watermark(self) -> datetime | None:
        """The newest event time of the log that is read; None if it has no events."""
        with self._snapshot.view() as view:
            return from_us(view.watermark) if view.watermark > BEGINNING else None

    @property
    def behind(self) -> int:
        """How many records of the log are not in the figures yet: engine or workers had not come to them."""
        return self._snapshot.behind

    def report(self, hours: float | None = None, **chosen: Unpack[BesideHours]) -> Figures:
        """Return the whole report as one document, just as `untaken report --json` prints it; money as decimals."""
        asked = self._asked(self._choice.narrowed({"hours": hours, **chosen}))
        return self._snapshot.report(asked)

    @property
    def guards(self) -> pl.DataFrame:
        """What each guard saved and cost, with its verdict; by net saved."""
        return self._frame(figures.GUARDS)

    @property
    def missed_opportunities(self) -> pl.DataFrame:
        """What signals that were never traded would have brought: overall, by reason, guard, strategy, symbol."""
        return self._frame(figures.MISSED_OPPORTUNITIES)

    @property
    def shadow_performance(self) -> pl.DataFrame:
        """All signals in both books beside the real trades."""
        return self._frame(figures.SHADOW_PERFORMANCE)

    @property
    def strategies(self) -> pl.DataFrame:
        """Strategies side by side, for real and in shadow; by rank in shadow."""
        return self._frame(results.STRATEGIES)

    @property
    def signal_decay(self) -> pl.DataFrame:
        """How long signals take, what that costs, and what is left of their edge later."""
        return self._frame(results.SIGNAL_DECAY)

    @property
    def calibration(self) -> pl.DataFrame:
        """Whether signals win as often as their confidence says, by step of confidence."""
        return self._frame(results.CALIBRATION)

    def performance(self, days: float | None = None, **chosen: Unpack[BesideDays]) -> pl.DataFrame:
        """Return results of real trades, overall and by every dimension, beside the signals; of 7 days by default."""
        return self._frame(results.PERFORMANCE, self._choice.narrowed({"days": days, **chosen}))

    @property
    def knobs(self) -> pl.DataFrame:
        """What every knob stood at when the window ended, and who or what set it."""
        return self._knobs(self._choice)

    @property
    def feedback(self) -> pl.DataFrame:
        """Multipliers that were issued to bots; empty as long as no learning cycle has issued one."""
        return self._conclusions(conclusions.feedback, self._choice)

    @property
    def model(self) -> pl.DataFrame:
        """What happened to models: requested, trained, deployed, rejected, rolled back; empty where nobody told."""
        return self._conclusions(conclusions.models, self._choice)

    def ledger(
        self, *, limit: int | None = None, status: Status | None = None, **chosen: Unpack[Chosen]
    ) -> pl.DataFrame:
        """Return signals with all that is known of each, by time; of the whole log where no window is chosen.

        `limit`: only the newest. `status`: only those of which this became.
        """
        only = EVERY_ROW if status is None else pl.col("status") == status
        return self._rows("ledger", limit, only, chosen)

    def trades(self, *, limit: int | None = None, **chosen: Unpack[Chosen]) -> pl.DataFrame:
        """Return real trades, by time of exit (of entry while open); of the whole log where no window is chosen.

        `limit`: only the newest.
        """
        return self._rows("trades", limit, EVERY_ROW, chosen)

    def scan(self, kind: Kind, **chosen: Unpack[Chosen]) -> pl.LazyFrame:
        """Return ledger or trades as a lazy frame: rows are read a day at a time, and only the columns asked for.

        It is to be collected while the reader is open, and not by several threads at once.
        """
        choice = self._choice.narrowed(chosen)
        with self._snapshot.view() as view:
            demand_known(view, choice.filters)
            return self._scan(view, kind, choice)

    def sql(self, query: str, **chosen: Unpack[Chosen]) -> pl.DataFrame:
        """Return what a query asks for, in the SQL of polars, over the tables ledger, trades, decisions, guards, ...

        They hold what is chosen, the whole log where no window is. Only columns and days that a query needs are read.
        """
        with self._snapshot.view(), explained(query):
            return self.query(query, **chosen).collect()

    def query(self, query: str, **chosen: Unpack[Chosen]) -> pl.LazyFrame:
        """Return what a query asks for as a lazy frame, to be collected while the reader is open."""
        choice = self._choice.narrowed(chosen)
        with self._snapshot.view() as view:
            demand_known(view, choice.filters)
            return answer(query, self._tables(view, choice))

    def refresh(self) -> None:
        """Go on to the present moment, this reader and all that come from it by `where`."""
        self._snapshot.renew()

    def close(self) -> None:
        """Let go of the log; closing twice is harmless."""
        self._snapshot.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<untaken log {self.url}>"

    def _scan(self, view: View, kind: Kind, choice: Choice) -> pl.LazyFrame:
        stored = view.scan(kind, self._window(choice.span or Span()), choice.filters)
        return rows.shown(stored, kind, exact=choice.exact)

    def _rows(self, kind: Kind, limit: int | None, only: pl.Expr, chosen: Chosen) -> pl.DataFrame:
        choice = self._choice.narrowed(chosen)
        with self._snapshot.view() as view:
            demand_known(view, choice.filters)
            window = self._window(choice.span or Span())
            if limit is None:
                stored = view.scan(kind, window, choice.filters).filter(only)
            else:
                stored = view.newest(kind, limit, window, choice.filters, only).lazy()
            return rows.shown(stored, kind, exact=choice.exact).collect()

    def _frame(self, frame: Frame, choice: Choice | None = None) -> pl.DataFrame:
        asked = choice or self._choice
        with self._snapshot.view():
            return frame.of(self._snapshot.answers(self._asked(asked, frame)), exact=asked.exact)

    def _knobs(self, choice: Choice) -> pl.DataFrame:
        with self._snapshot.view():
            return results.knobs(self._snapshot.answers(self._asked(choice)))

    def _conclusions(self, read: Callable[..., pl.DataFrame], choice: Choice) -> pl.DataFrame:
        """Return conclusions of the whole log where no window is chosen."""
        with self._snapshot.view() as view:
            demand_known(view, choice.filters)
            return read(view, self._window(choice.span or Span()), choice.filters)

    def _asked(self, choice: Choice, frame: Frame | None = None) -> Asked:
        hours = DAYS_OF_PERFORMANCE * 24 if frame is results.PERFORMANCE else self._snapshot.hours
        span = choice.span or Span(hours)
        return Asked(span.hours, span.since, span.until, choice.filters)

    def _window(self, span: Span) -> Window:
        with self._snapshot.view() as view:
            newest = view.watermark if view.watermark > BEGINNING else None
            return span.window(newest, self._snapshot.now)

    def _tables(self, view: View, choice: Choice) -> Tables:
        """Return what makes each table of a query; figures too are of everything where no window is chosen."""
        whole = Choice(choice.filters, choice.span or Span(), choice.exact)
        ledger = partial(self._scan, view, "ledger", whole)
        made: dict[str, Callable[[], pl.LazyFrame]] = {
            "ledger": ledger,
            "signals": ledger,
            "trades": partial(self._scan, view, "trades", whole),
            "decisions": lambda: rows.decisions(ledger()),
            "knobs": lambda: self._knobs(whole).lazy(),
            "feedback": lambda: self._conclusions(conclusions.feedback, whole).lazy(),
            "model": lambda: self._conclusions(conclusions.models, whole).lazy(),
            **{frame.name: partial(self._lazily, frame, whole) for frame in FIGURES},
        }
        return {name: made[name] for name in TABLES}

    def _lazily(self, frame: Frame, choice: Choice) -> pl.LazyFrame:
        return self._frame(frame, choice).lazy()
