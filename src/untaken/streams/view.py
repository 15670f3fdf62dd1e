"""Reading a state: tables over any window, rows, health, for whoever asks; nothing is computed twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import polars as pl

from untaken.errors import UntakenError
from untaken.projections import ledger, trades
from untaken.projections.definition import DAY, DAY_US, Projection
from untaken.projections.figures import Figures, moment
from untaken.projections.log_health import SIGNAL_HEALTH
from untaken.schemas.settings import MICROSECONDS
from untaken.streams.chain.chain import Chain
from untaken.streams.chain.facts import empty_of, typed, unique_ids
from untaken.streams.chain.intake import REFUSED
from untaken.streams.chain.series import source_for
from untaken.streams.scanning import scanned
from untaken.streams.store.prices import similar
from untaken.streams.store.rows import SCHEMAS, Kind
from untaken.streams.store.state import State


@dataclass(frozen=True)
class Window:
    """A span of event time, [since, until); None is without bound."""

    since: int | None = None
    until: int | None = None

    def inside(self, column: str) -> pl.Expr:
        """Rows whose time lies in the window."""
        after = pl.lit(value=True) if self.since is None else pl.col(column) >= self.since
        before = pl.lit(value=True) if self.until is None else pl.col(column) < self.until
        return after & before

    @property
    def days(self) -> tuple[int | None, int | None]:
        """First and last day that the window touches."""
        first = None if self.since is None else self.since // DAY_US
        last = None if self.until is None else (self.until - 1) // DAY_US
        return first, last

    def edge_days(self) -> set[int]:
        """Days that the window covers in part."""
        edges = set()
        if self.since is not None and self.since % DAY_US:
            edges.add(self.since // DAY_US)
        if self.until is not None and self.until % DAY_US:
            edges.add(self.until // DAY_US)
        return edges


Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


@dataclass(frozen=True)
class Filters:
    """Which bots, runs, modes, strategies and symbols; None is all."""

    bot: str | None = None
    run: str | None = None
    mode: str | None = None
    strategy: str | None = None
    symbol: str | None = None

    @property
    def given(self) -> dict[str, str]:
        """What was asked for, by column."""
        return {name: value for name, value in vars(self).items() if value is not None}

    def keep(self, frame: Frame) -> Frame:
        """Rows of what was asked for; the frame has the columns that it is asked by."""
        asked = [pl.col(name) == value for name, value in self.given.items()]
        return frame.filter(*asked) if asked else frame


ORDER: dict[Kind, tuple[str, ...]] = {
    "ledger": ("at", *ledger.IDENTITY),
    "trades": ("at", *trades.IDENTITY),
}


EVERY_ROW = pl.lit(value=True)


class NothingPublished(UntakenError):
    """No worker has published anything of this log yet; there is nothing to show."""


class View:
    """One state, read at one moment."""

    def __init__(self, state: State) -> None:
        self.chain = Chain(state)
        self.stores = self.chain.stores
        self.context = self.chain.context
        self.watermark = self.chain.watermark
        self.slowest_watermark = self.watermark
        """Smallest watermark of all partitions: no cluster after it is closed."""
        self._connection = state.connection
        self._days: dict[tuple[str, int], pl.DataFrame] = {}
        self._reading = state.reading

    def table(
        self, projection: Projection, window: Window, filters: Filters, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Return sums over a window: whole days from the table, days at its edges from rows.

        What a table is not kept by (a guard's sums by symbol, say) is folded from rows: the same integers.
        Where only some `columns` are wanted they come after the day; without all keys they are for adding up.
        """
        names = list(projection.columns) if columns is None else [DAY, *columns]
        if not filters.given.keys() <= set(projection.keys):
            source = self.scan(projection.source, window, filters, time=projection.time, ordered=False)
            return projection.fold(source).select(names)
        first, last = window.days
        edges = sorted(window.edge_days())
        read = list(dict.fromkeys((*names, *filters.given)))
        found = self.stores.tables.load(projection, first, last, read)
        if edges:
            rows = pl.concat([self._day(projection.source, day) for day in edges])
            folded = projection.fold(rows.filter(window.inside(projection.time)))
            found = pl.concat([found.filter(~pl.col(DAY).is_in(edges)), folded.select(read)])
        return filters.keep(found).select(names)

    def ledger(self, window: Window | None = None, filters: Filters | None = None) -> pl.DataFrame:
        """Ledger rows of a window by `at`, sorted by time and identity."""
        rows = self._rows("ledger", "at", window or Window(), filters or Filters())
        return rows.select(list(ledger.COLUMNS)).sort("at", *ledger.IDENTITY)

    def trades(self, window: Window | None = None, filters: Filters | None = None) -> pl.DataFrame:
        """Trades of a window by `at` (exit, or entry while open), sorted by time and identity."""
        rows = self._rows("trades", "at", window or Window(), filters or Filters())
        return rows.select(list(trades.COLUMNS)).sort("at", *trades.IDENTITY)

    def columns(
        self, kind: Kind, names: Sequence[str], window: Window | None = None, filters: Filters | None = None
    ) -> pl.DataFrame:
        """Return some columns of the rows of a window, in any order: of many rows all columns take long to read."""
        window, filters = window or Window(), filters or Filters()
        read = list(dict.fromkeys((*names, "at", *vars(filters))))
        rows = self.stores.rows.load_all(kind, *window.days, read)
        return filters.keep(rows.filter(window.inside("at"))).select(names)

    def scan(
        self,
        kind: Kind,
        window: Window | None = None,
        filters: Filters | None = None,
        *,
        time: str = "at",
        ordered: bool = True,
    ) -> pl.LazyFrame:
        """Return the rows of a window, sorted by time and identity, to be read a day at a time."""
        window, filters = window or Window(), filters or Filters()
        schema = {name: dtype for name, dtype in SCHEMAS[kind].items() if name != "ref"}
        order = ORDER[kind] if ordered else ()
        rows = scanned(self._stored_days(kind, window), partial(self._rows_of, kind), schema, order, kind)
        return filters.keep(rows.filter(window.inside(time)))

    def newest(
        self, kind: Kind, n: int, window: Window, filters: Filters, only: pl.Expr = EVERY_ROW
    ) -> pl.DataFrame:
        """Return the newest rows of a window, sorted by time and identity; older days are not read."""
        found: list[pl.DataFrame] = []
        for day in reversed(self._stored_days(kind, window)):
            rows = self._rows_of(kind, day, list(SCHEMAS[kind])).drop("ref").filter(window.inside("at"), only)
            found.append(filters.keep(rows).sort(ORDER[kind]))
            if sum(each.height for each in found) >= n:
                break
        empty = pl.DataFrame(schema=SCHEMAS[kind]).drop("ref")
        return pl.concat([empty, *reversed(found)]).tail(n)

    def refused(self) -> pl.DataFrame:
        """Everything that was refused, in order of the log: where, code, sentence, bytes."""
        query = "SELECT stream, offset, code, type, id, at, appended_at, sentence, payload FROM refused"
        rows = self._connection.execute(f"{query} ORDER BY stream, offset").fetchall()
        return pl.DataFrame(rows, schema=REFUSED, orient="row")

    def health(self, window: Window, filters: Filters) -> Figures:
        """Return what came, what was refused, what could not be resolved; what is odd in trades of the window."""
        signals = self.table(SIGNAL_HEALTH, Window(), filters)
        codes = self._codes()
        counters = list(self._connection.execute("SELECT name, key, n FROM counters"))
        return {
            "events": self._events(counters),
            "duplicates": sum(n for name, _, n in counters if name == "copies"),
            "late": codes["late"],
            "future": codes["future"],
            "dead_letters": dict(sorted(codes.items())),
            "unread": self._unread(),
            "repeats": int(signals["repeats"].sum() or 0),
            "unresolved": {name: int(signals[name].sum() or 0) for name in ("no_data", "pending")},
            "negative_latencies": int(signals["negative_latency"].sum() or 0),
            "anomalies": self._anomalies(window, filters),
            "symbols_without_prices": self._without_prices(signals),
            "crossed_quotes": self.stores.prices.crossed_quotes(),
        }

    def knob_facts(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return what cycles adjusted, and what somebody overrode: facts of all bots and times."""
        adjusted, overridden = self.events(*KNOB_FACTS)
        return adjusted, overridden

    def events(self, *names: str) -> list[pl.DataFrame]:
        """Return the accepted events of these types, which concern no signal, each id once; a frame for each type."""
        return each_once(typed(self.stores.facts.of([f"e\x1f{name}" for name in names])), names)

    def closed_before(self, hold_s: float, grace_s: float, block_days: int) -> int:
        """Return the day before which every cluster is closed: all its trades are over and had time to be reported."""
        passed = (self.slowest_watermark - round((hold_s + grace_s) * MICROSECONDS)) // DAY_US
        return int(passed - passed % block_days)

    def freshness_figures(self, now: int) -> list[Figures]:  # noqa: ARG002 - a view of one state is of this moment
        """Return, where several workers have published what is shown, how fresh each part of it is."""
        return []

    def _codes(self) -> Counter[str]:
        return Counter(code for (code,) in self._connection.execute("SELECT code FROM refused"))

    def _unread(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM unread").fetchone()[0])

    def _stored_days(self, kind: Kind, window: Window) -> list[int]:
        first, last = window.days
        return [
            day
            for day in self.stores.rows.days(kind)
            if (first is None or day >= first) and (last is None or day <= last)
        ]

    def _rows_of(self, kind: Kind, day: int, columns: Sequence[str]) -> pl.DataFrame:
        with self._reading:
            return self.stores.rows.load_all(kind, day, day, columns)

    def _day(self, kind: Kind, day: int) -> pl.DataFrame:
        """Rows of a day at the edge of a window, which several projections ask for."""
        if (kind, day) not in self._days:
            self._days[kind, day] = self.stores.rows.load_all(kind, day, day)
        return self._days[kind, day]

    def _rows(self, kind: Kind, time: str, window: Window, filters: Filters) -> pl.DataFrame:
        rows = self.stores.rows.load_all(kind, *window.days)
        return filters.keep(rows.select(list(SCHEMAS[kind])).filter(window.inside(time)))

    def _events(self, counters: list[tuple[str, str, int]]) -> Mapping[str, int]:
        events: Counter[str] = Counter()
        for name, _, n in counters:
            if name.startswith("records:"):
                events[name.removeprefix("records:")] += n
        return dict(sorted(events.items()))

    def _anomalies(self, window: Window, filters: Filters) -> list[Figures]:
        named = ("bot", "run", "trade_id", "symbol", "at", "anomalies")
        found = self.columns("trades", named, window, filters).filter(pl.col("anomalies").list.len() > 0)
        odd = found.sort("at", *trades.IDENTITY).explode("anomalies").rename({"anomalies": "kind"})
        return [{**row, "at": moment(row["at"])} for row in odd.to_dicts()]

    def _without_prices(self, signals: pl.DataFrame) -> list[Figures]:
        serving = self.context.timeline.latest.prices
        known = [
            s for s in self.stores.prices.symbols() if source_for(s, serving, self.stores.prices) is not None
        ]
        counts = signals.group_by("symbol").agg(pl.col("signals").sum()).sort("symbol")
        return [
            {"symbol": symbol, "signals": int(n), "most_similar": similar(symbol, known)}
            for symbol, n in counts.iter_rows()
            if symbol not in set(known)
        ]


KNOB_FACTS = ("knob.adjusted", "knob.overridden")


def each_once(facts: Mapping[str, pl.DataFrame], names: Sequence[str]) -> list[pl.DataFrame]:
    """Pick the frames of some types from typed facts, each id once."""
    return [unique_ids(facts.get(name, empty_of(name))) for name in names]
