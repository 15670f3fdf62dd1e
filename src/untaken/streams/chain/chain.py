"""The chain of one partition: a batch of records in, corrected rows and tables out, all or nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import orjson
import polars as pl

from untaken.projections.catalogue import PROJECTIONS
from untaken.schemas.registry import EVENTS
from untaken.schemas.settings import Timeline
from untaken.streams.chain import intake as reading
from untaken.streams.chain.context import Context
from untaken.streams.chain.derive import Derived, derive
from untaken.streams.chain.facts import stored_form, typed, unique_ids
from untaken.streams.chain.following import Follower
from untaken.streams.chain.touched import Touched, accepts_otherwise, touched_by, touched_by_facts
from untaken.streams.faults import point
from untaken.streams.logs.base import Batch, Position
from untaken.streams.store.facts import FORESEEN, FactStore
from untaken.streams.store.index import SignalIndex, TradeIndex
from untaken.streams.store.prices import PriceStore
from untaken.streams.store.rows import RowStore
from untaken.streams.store.state import State
from untaken.streams.store.tables import TableStore

BEGINNING = -(2**62)

COPIES_OF_SETTINGS = "settings"
"""Key under which copies of settings are counted, which every partition of a log sees."""

Frames = Mapping[str, pl.DataFrame]
"""Typed facts by event type."""


@dataclass(frozen=True)
class Stores:
    """The parts of one state."""

    facts: FactStore
    prices: PriceStore
    signals: SignalIndex
    trades: TradeIndex
    rows: RowStore
    tables: TableStore

    @classmethod
    def of(cls, state: State) -> Stores:
        """Open the parts of a state."""
        connection = state.connection
        return cls(
            FactStore(connection),
            PriceStore(connection),
            SignalIndex(connection),
            TradeIndex(connection),
            RowStore(connection),
            TableStore(connection),
        )


@dataclass(frozen=True)
class Applied:
    """What one batch came to."""

    records: int
    accepted: int
    copies: int
    refused: int
    unread: int
    signals: int
    trades: int


class Chain:
    """Applies batches to a state; the state carries the position up to which it has counted.

    Applying the same records twice, in another order or in other batches leads to the same rows and tables.
    """

    def __init__(self, state: State, follower: Follower | None = None) -> None:
        self.state = state
        self._follower = follower
        self.stores = Stores.of(state)
        self.context = self._read_context()

    @property
    def position(self) -> Position:
        """Where to read on."""
        text = self.state.get("position")
        return {} if text is None else dict(orjson.loads(text))

    @property
    def watermark(self) -> int:
        """Newest event time seen, in microseconds."""
        text = self.state.get("watermark")
        return BEGINNING if text is None else int(text)

    def apply(self, batch: Batch) -> Applied:
        """Take in a batch: everything that it changes, in one transaction with its position."""
        with self._all_or_nothing():
            applied = self._apply(batch.frame)
            self._stand_at(batch)
        point("chain.committed")
        return applied

    @property
    def last_record(self) -> str:
        """Which record was counted last: stream, offset and digest; empty in a new state."""
        return self.state.get("last_record") or ""

    @property
    def settings_end(self) -> Position:
        """Up to where in the log settings are known, which may be ahead of `position`; {} in a new state."""
        return dict(orjson.loads(self.state.get("settings_end") or "{}"))

    def begin(self, settings: Batch) -> None:
        """Empty the state and take in all settings of the log, which hold before anything else is read."""
        with self._all_or_nothing():
            self.state.clear()
            self._forget()
            read = reading.read(settings.frame, self._timeline_with(settings.frame))
            self._add_facts(read.facts, FORESEEN)
            self.context = self._read_context()
            self.state.put("settings_end", orjson.dumps(settings.position).decode())

    def accepts_otherwise(self, records: pl.DataFrame) -> bool:
        """Whether settings among these records change which of those already read are accepted."""
        newest = int(self.state.get("newest") or BEGINNING)
        return accepts_otherwise(self.context.timeline, self._timeline_with(records), newest)

    def unread(self) -> pl.DataFrame:
        """Return the records that no version so far could read."""
        rows = self.state.connection.execute("SELECT * FROM unread").fetchall()
        return pl.DataFrame(rows, schema=reading.UNREAD, orient="row").rename({"payload": "value"})

    def read_the_unread(self) -> int:
        """Take in, after an upgrade, what an older version could not read; return how many records that was."""
        known = ",".join(f"{name}.v{model.VERSION}" for name, model in sorted(EVENTS.items()))
        if self.state.get("types") == known:
            return 0
        records = self.unread()
        with self._all_or_nothing() as connection:
            connection.execute("DELETE FROM unread")
            applied = self._apply(records)
            self.state.put("types", known)
        return applied.accepted

    @contextmanager
    def _all_or_nothing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self.state.transaction() as connection:
                yield connection
                point("chain.before-commit")
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        """Forget what is kept in memory of a state that is not that any more."""
        self.stores.prices.forget_cache()
        self.stores.rows.forget_cache()
        self.context = self._read_context()

    def _stand_at(self, batch: Batch) -> None:
        self.state.put("position", orjson.dumps(batch.position).decode())
        self.state.put("last_record", last_record(batch.frame))

    def _apply(self, records: pl.DataFrame) -> Applied:
        number = int(self.state.get("batch") or 0) + 1
        before = self.context
        read = reading.read(records, self._timeline_with(records))
        point("chain.read")
        changed_prices, copies = self._add_prices(read.prices)
        facts, gone, repeated = self._add_facts(read.facts, number)
        of_settings = _fewer(read.facts, facts, "settings")
        point("chain.facts-written")
        watermark = max(self.watermark, read.watermark if read.watermark is not None else BEGINNING)
        self._reread_context(read.facts)
        touched = Touched()
        for moved in (facts, gone):
            touched_by_facts(moved, self.context, self.stores, touched)
        touched_by(changed_prices, before, self.context, watermark, self.stores, touched)
        derived = derive(touched, facts, number, self.stores, self.context, watermark)
        point("chain.rows-written")
        self._fold(derived, number)
        self._tell(derived, read, number)
        self._note(
            read, number, watermark, {"": copies + repeated - of_settings, COPIES_OF_SETTINGS: of_settings}
        )
        return Applied(
            records=records.height,
            accepted=sum(read.accepted.values()),
            copies=copies + repeated,
            refused=sum(frame.height for frame in read.refused),
            unread=sum(frame.height for frame in read.unread),
            signals=derived.new_signals.height,
            trades=derived.new_trades.height,
        )

    def _timeline_with(self, records: pl.DataFrame) -> Timeline:
        """Return settings as they are with this batch in, so that a record is judged alike in any batch."""
        settings = records.filter(pl.col("type") == reading.SETTINGS)
        if settings.is_empty():
            return self.context.timeline
        facts = reading.read(settings, reading.NO_SETTINGS).facts
        return self._context_with(facts).timeline

    def _add_prices(self, prices: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        series = {symbol: self.stores.prices.series_of(symbol) for symbol in prices["symbol"].unique()}
        known = {symbol: {(s, i) for s, found in of.items() for i in found} for symbol, of in series.items()}
        changed, copies = self.stores.prices.add(prices)
        return _widened(changed, known, self.stores.prices), copies

    def _add_facts(self, facts: Frames, number: int) -> tuple[Frames, Frames, int]:
        """Store facts; return those that stand, those that gave way to them, and how many were copies."""
        if not facts:
            return {}, {}, 0
        numbered = pl.int_range(pl.len(), dtype=pl.UInt32).alias("row")
        rows = pl.concat([stored_form(frame).with_columns(numbered) for frame in facts.values()])
        once = unique_ids(rows, symbol="symbol")
        added = self.stores.facts.add(once, number)
        copies = rows.height - once.height + added.copies
        if copies == 0:
            return facts, {}, 0
        standing = once.filter(added.stands)
        kept = {name: frame[standing.filter(type=name)["row"].sort()] for name, frame in facts.items()}
        return kept, typed(added.lost), copies

    def _reread_context(self, facts: Mapping[str, pl.DataFrame]) -> None:
        if "settings.changed" in facts or "run.declared" in facts:
            self.context = self._read_context()

    def _read_context(self) -> Context:
        return self._context_with({})

    def _context_with(self, facts: Mapping[str, pl.DataFrame]) -> Context:
        stored = typed(self.stores.facts.of_topic("settings"))
        parts = {
            name: [frame for source in (stored, facts) if (frame := source.get(name)) is not None]
            for name in ("settings.changed", "run.declared")
        }
        rows = {
            name: unique_ids(pl.concat(found)).to_dicts() if found else [] for name, found in parts.items()
        }
        return Context.of(rows["settings.changed"], rows["run.declared"])

    def _tell(self, derived: Derived, read: reading.Intake, number: int) -> None:
        if self._follower is not None:
            self._follower.derived(number, derived)
            self._follower.refused(number, read.refused)

    def _fold(self, derived: Derived, number: int) -> None:
        for projection in PROJECTIONS:
            old, new = derived.rows_of(projection.source)
            if not (old.is_empty() and new.is_empty()):
                delta = projection.change(old, new)
                self.stores.tables.add(projection, delta)
                point("chain.table-written")
                if self._follower is not None:
                    self._follower.folded(number, projection, delta)

    def _note(self, read: reading.Intake, number: int, watermark: int, copies: Mapping[str, int]) -> None:
        connection = self.state.connection
        for frame in read.refused:
            rows = frame.select(list(reading.REFUSED)).rows()
            connection.executemany("INSERT OR REPLACE INTO refused VALUES (?,?,?,?,?,?,?,?,?)", rows)
        for frame in read.unread:
            connection.executemany(
                "INSERT OR REPLACE INTO unread VALUES (?,?,?,?,?,?,?)",
                frame.select(list(reading.UNREAD)).rows(),
            )
        counted = [
            (f"{name}:{topic}", type_name, n)
            for name, counts in (("records", read.accepted), ("everywhere", read.everywhere))
            for (topic, type_name), n in sorted(counts.items())
        ]
        connection.executemany(
            "INSERT INTO counters VALUES (?,?,?) ON CONFLICT (name, key) DO UPDATE SET n = n + excluded.n",
            [*counted, *(("copies", key, n) for key, n in copies.items())],
        )
        self.state.put("batch", str(number))
        if watermark > BEGINNING:
            self.state.put("watermark", str(watermark))
        if read.newest is not None:
            self.state.put("newest", str(max(read.newest, int(self.state.get("newest") or BEGINNING))))


def _fewer(before: Frames, after: Frames, topic: str) -> int:
    """Return how many facts of a topic are not there any more."""
    return sum(
        frame.height - (after[name].height if name in after else 0)
        for name, frame in before.items()
        if not frame.is_empty() and frame["topic"][0] == topic
    )


def _widened(
    changed: pl.DataFrame, known: Mapping[str, set[tuple[str, int]]], prices: PriceStore
) -> pl.DataFrame:
    """Widen changed spans by the coarsest interval, or without end where a new series may serve the symbol."""
    rows = []
    for symbol, since, until in changed.iter_rows():
        series = {(s, i) for s, found in prices.series_of(symbol).items() for i in found}
        widest = max(interval for _, interval in series)
        new = series != known[symbol]
        rows.append((symbol, BEGINNING, -BEGINNING) if new else (symbol, since - widest, until + widest))
    return pl.DataFrame(rows, schema=changed.schema, orient="row")


def last_record(records: pl.DataFrame) -> str:
    """Return what tells the last of some records from any other: stream, offset and digest."""
    if records.is_empty():
        return ""
    stream, offset, value = records.select("stream", "offset", "value").row(-1)
    return f"{stream}:{offset}:{hashlib.sha256(value).hexdigest()[:32]}"
