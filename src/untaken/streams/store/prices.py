"""Bars and quotes in columnar chunks: of one bar the highest (revision, appended_at, id) wins.

A chunk holds up to SLOTS bars of one (symbol, source, interval), or an hour of quotes (interval 0).
Losing bars stay in their chunk, unseen, so that a copy delivered again is known for what it is.
"""

from __future__ import annotations

import difflib
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl

from untaken.streams.store.frames import packed, unpacked

SLOTS = 512
QUOTE_SLOT_US = 3_600_000_000
CACHED_CHUNKS = 2_048
LAST_SLOT = 2**63 - 1

SERIES = ("symbol", "source", "interval_us")
SIDES = tuple(f"{side}_{name}" for side in ("bid", "ask") for name in ("open", "high", "low", "close"))

CHUNK: dict[str, pl.DataType] = {
    "open_at": pl.Int64(),
    "close_at": pl.Int64(),
    "open": pl.Float64(),
    "high": pl.Float64(),
    "low": pl.Float64(),
    "close": pl.Float64(),
    **dict.fromkeys(SIDES, pl.Float64()),
    "revision": pl.Int64(),
    "appended_at": pl.Int64(),
    "id": pl.String(),
    "wins": pl.Boolean(),
}
"""Times in microseconds; a quote has open_at = close_at and its prices in bid_close and ask_close."""

PRICES: dict[str, pl.DataType] = {
    "symbol": pl.String(),
    "source": pl.String(),
    "interval_us": pl.Int64(),
    **{name: dtype for name, dtype in CHUNK.items() if name != "wins"},
}
"""Columns of what is added."""

_KEY = [*SERIES, "slot"]
ChunkKey = tuple[str, str, int, int]


class Asked(NamedTuple):
    """A window of prices: bars that close at or after `since` and open before `until`, in microseconds."""

    symbol: str
    source: str
    interval_us: int
    since: int
    until: int


class PriceStore:
    """All prices of a chain, with the chunks in use kept in memory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cache: OrderedDict[ChunkKey, pl.DataFrame] = OrderedDict()
        self._series: dict[str, dict[str, set[int]]] | None = None
        self._empty = pl.DataFrame(schema=CHUNK)  # made once: it costs a millisecond

    def add(self, prices: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """Store prices; return what changed as rows of (symbol, since, until), and how many were copies."""
        if prices.is_empty():
            return _nothing_changed(), 0
        slotted = prices.with_columns(slot=_slot())
        known = self._load(slotted.select(_KEY).unique(maintain_order=True))
        merged, copies = _merged(known, slotted)
        self._save(merged)
        self._count_crossed(known, merged)
        return _changed(known, merged), copies

    def series_of(self, symbol: str) -> dict[str, set[int]]:
        """Intervals (microseconds, 0 for quotes) by source of one symbol."""
        return self._all_series().get(symbol, {})

    def symbols(self) -> list[str]:
        """Symbols that have any price, sorted."""
        return sorted(self._all_series())

    def windows(self, asked: Sequence[Asked]) -> list[pl.DataFrame]:
        """Return for each of them its winning bars, by open_at (quotes also by id), with their interval_us."""
        chunks = [self._chunks(one) for one in asked]
        lengths = [sum(chunk.height for chunk in found) for found in chunks]
        bars = pl.concat([self._empty, *(chunk for found in chunks for chunk in found)])
        column = {
            name: np.repeat(np.array([getattr(one, name) for one in asked], dtype=np.int64), lengths)
            for name in ("since", "until", "interval_us")
        }
        place = np.repeat(np.arange(len(asked)), lengths)
        times = {name: bars[name].to_numpy() for name in ("open_at", "close_at")}
        inside = bars["wins"].to_numpy() & (times["close_at"] >= column["since"])
        inside &= times["open_at"] < column["until"]
        kept = bars.with_columns(interval_us=pl.Series(column["interval_us"])).filter(pl.Series(inside))
        ends = np.searchsorted(place[inside], np.arange(len(asked) + 1))
        return [kept[first:last] for first, last in pairwise(ends.tolist())]

    def crossed_quotes(self) -> dict[str, int]:
        """How many quotes with bid above ask each symbol has."""
        query = "SELECT key, n FROM counters WHERE name = 'crossed' AND n > 0 ORDER BY key"
        return dict(self._connection.execute(query))

    def _count_crossed(self, known: pl.DataFrame, merged: pl.DataFrame) -> None:
        crossed = [
            frame.filter((pl.col("interval_us") == 0) & (pl.col("bid_close") > pl.col("ask_close")))
            .group_by("symbol")
            .agg(pl.lit(sign).sum().cast(pl.Int64) * pl.len().cast(pl.Int64))
            for sign, frame in ((-1, known), (1, merged))
        ]
        self._connection.executemany(
            "INSERT INTO counters VALUES ('crossed', ?, ?) ON CONFLICT (name, key) DO UPDATE SET n = n + excluded.n",
            pl.concat(crossed).rows(),
        )

    def forget_cache(self) -> None:
        """Drop what is in memory, after a transaction that was rolled back."""
        self._cache.clear()
        self._series = None

    def _chunks(self, asked: Asked) -> list[pl.DataFrame]:
        width = _slot_width(asked.interval_us)
        query = "SELECT slot FROM prices WHERE symbol=? AND source=? AND interval_us=? AND slot BETWEEN ? AND ? ORDER BY slot"
        series = (asked.symbol, asked.source, asked.interval_us)
        bounds = (asked.since // width - 1, asked.until // width)
        slots = self._connection.execute(query, (*series, *bounds)).fetchall()
        return [self._chunk((*series, slot)) for (slot,) in slots]

    def _all_series(self) -> dict[str, dict[str, set[int]]]:
        if self._series is None:
            self._series = {}
            for symbol, source, interval in self._stored_series():
                self._series.setdefault(symbol, {}).setdefault(source, set()).add(interval)
        return self._series

    def _stored_series(self) -> Iterator[tuple[str, str, int]]:
        """Yield each series once, leaping from one to the next: DISTINCT would walk over every chunk."""
        leap = (
            "SELECT symbol, source, interval_us FROM prices WHERE (symbol, source, interval_us, slot) > (?, ?, ?, ?) "
            "ORDER BY symbol, source, interval_us, slot LIMIT 1"
        )
        found = self._connection.execute(leap, ("", "", -1, 0)).fetchone()
        while found is not None:
            yield found
            found = self._connection.execute(leap, (*found, LAST_SLOT)).fetchone()

    def _load(self, keys: pl.DataFrame) -> pl.DataFrame:
        found = [(key, self._chunk(key)) for key in keys.iter_rows()]
        frames = [
            chunk.with_columns(
                pl.lit(key[0]).alias("symbol"),
                pl.lit(key[1]).alias("source"),
                pl.lit(key[2], pl.Int64).alias("interval_us"),
                pl.lit(key[3], pl.Int64).alias("slot"),
            )
            for key, chunk in found
            if not chunk.is_empty()
        ]
        return pl.concat([_empty_slotted(), *(frame.select(_SLOTTED) for frame in frames)])

    def _chunk(self, key: ChunkKey) -> pl.DataFrame:
        cached = self._cache.get(key)
        if cached is not None:
            self._cache.move_to_end(key)
            return cached
        query = "SELECT frame FROM prices WHERE symbol=? AND source=? AND interval_us=? AND slot=?"
        row = self._connection.execute(query, key).fetchone()
        chunk = self._empty if row is None else unpacked(row[0])
        if row is not None:
            self._keep(key, chunk)
        return chunk

    def _keep(self, key: ChunkKey, chunk: pl.DataFrame) -> None:
        self._cache[key] = chunk
        self._cache.move_to_end(key)
        if len(self._cache) > CACHED_CHUNKS:
            self._cache.popitem(last=False)

    def _save(self, merged: pl.DataFrame) -> None:
        series = self._all_series()
        blobs: list[tuple[object, ...]] = []
        for key, chunk in merged.partition_by(
            _KEY, as_dict=True, include_key=False, maintain_order=True
        ).items():
            symbol, source, interval, slot = key
            whole = chunk.select(list(CHUNK))
            self._keep((str(symbol), str(source), int(interval), int(slot)), whole)
            series.setdefault(str(symbol), {}).setdefault(str(source), set()).add(int(interval))
            blobs.append((symbol, source, interval, slot, packed(whole)))
        self._connection.executemany("INSERT OR REPLACE INTO prices VALUES (?,?,?,?,?)", blobs)


_SLOTTED = [*_KEY, *CHUNK]
_COPY = [*SERIES, "open_at", "id"]
"""What tells a copy: an id belongs to one bar, so that no other bar need be known to recognise it."""
_CONTENT = ["close_at", "open", "high", "low", "close", *SIDES, "revision"]
_SLOTTED_SCHEMA = {**{name: PRICES[name] for name in SERIES}, "slot": pl.Int64(), **CHUNK}


def _empty_slotted() -> pl.DataFrame:
    return pl.DataFrame(schema={name: _SLOTTED_SCHEMA[name] for name in _SLOTTED})


def _slot_width(interval_us: int) -> int:
    return QUOTE_SLOT_US if interval_us == 0 else interval_us * SLOTS


def _slot() -> pl.Expr:
    interval = pl.col("interval_us")
    width = pl.when(interval == 0).then(QUOTE_SLOT_US).otherwise(interval * SLOTS)
    return pl.col("open_at").floordiv(width)


def _merged(known: pl.DataFrame, new: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Chunks with the new rows in: ids of a bar once (the first appended), winners marked, sorted by time."""
    both = pl.concat([known, new.with_columns(wins=pl.lit(value=False)).select(_SLOTTED)])
    if both.select(_COPY).is_duplicated().any():
        both = both.sort("appended_at", *_CONTENT).unique(_COPY, keep="first", maintain_order=True)
    copies = known.height + new.height - both.height
    ordered = both.sort(*_KEY, "open_at", "revision", "appended_at", "id")
    same_bar = pl.struct(*SERIES, "open_at")
    last = (same_bar != same_bar.shift(-1)).fill_null(value=True)
    return ordered.with_columns(wins=(pl.col("interval_us") == 0) | last), copies


def _changed(known: pl.DataFrame, merged: pl.DataFrame) -> pl.DataFrame:
    """Time ranges, by symbol, of bars that win now and did not before, or no longer win."""
    before, after = known.filter("wins"), merged.filter("wins")
    if not before.is_empty():
        was = before.select(*_COPY, *(pl.col(name).alias(f"was_{name}") for name in _CONTENT))
        same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"was_{name}")) for name in _CONTENT)
        come = after.join(was, on=_COPY, how="left").filter(~same).select(_SLOTTED)
        after = pl.concat([before.join(after, on=_COPY, how="anti"), come])
    spans = after.group_by("symbol").agg(
        pl.col("open_at").min().alias("since"), pl.col("close_at").max().alias("until")
    )
    return spans.select("symbol", "since", pl.col("until") + 1).sort("symbol")


def _nothing_changed() -> pl.DataFrame:
    return pl.DataFrame(schema={"symbol": pl.String(), "since": pl.Int64(), "until": pl.Int64()})


def similar(symbol: str, candidates: Iterable[str], most: int = 3) -> list[str]:
    """Return the names that look most like a symbol, best first."""
    wanted = symbol.upper()
    scored = sorted(
        (-difflib.SequenceMatcher(None, wanted, name.upper()).ratio(), name) for name in candidates
    )
    return [name for score, name in scored[:most] if score <= -0.5]
