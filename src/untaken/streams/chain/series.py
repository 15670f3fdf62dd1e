"""Price series of symbols, each composed once for all who ask for it while prices stay as they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from untaken.schemas.settings import PriceSettings
from untaken.streams.chain.context import Context
from untaken.streams.chain.later import LATEST_US
from untaken.streams.shadow.series import PriceSeries, compose
from untaken.streams.shadow.walk import GAP_US
from untaken.streams.store.prices import Asked, PriceStore


class Source(NamedTuple):
    """What serves a symbol: a source and its intervals in microseconds, ascending; 0 is quotes."""

    symbol: str
    name: str
    intervals: tuple[int, ...]


class Span(NamedTuple):
    """Of [since, until), in microseconds."""

    since: int
    until: int

    def joined(self, other: Span) -> Span:
        return Span(min(self.since, other.since), max(self.until, other.until))


def source_for(symbol: str, settings: PriceSettings, prices: PriceStore) -> Source | None:
    """Which source serves a symbol; quotes only where they are configured.

    Without a setting it is the source with the finest interval, of several the first by name.
    """
    quoted = symbol in settings.use_quotes
    found = {
        source: tuple(sorted(i for i in intervals if i > 0 or quoted))
        for source, intervals in prices.series_of(symbol).items()
    }
    usable = {source: intervals for source, intervals in found.items() if intervals}
    best = min(usable, key=lambda source: (usable[source][0], source), default=None)
    chosen = settings.source.get(symbol, best)  # the unnamed source may be chosen too: its name is empty
    return None if chosen is None or chosen not in usable else Source(symbol, chosen, usable[chosen])


class SeriesReader:
    """Reads what is stored, as wide as it was ever asked for."""

    def __init__(self, prices: PriceStore, context: Context) -> None:
        self._prices = prices
        self._context = context
        self._sources: dict[tuple[str, int], Source | None] = {}
        self._known: dict[Source, tuple[Span, PriceSeries]] = {}

    def of(self, asked: Iterable[tuple[str, int, int, int]]) -> list[PriceSeries | None]:
        """Return for each (symbol, place of its settings, since, until) a series around that; None if nothing serves it."""
        sources: list[Source | None] = []
        wanted: dict[Source, Span] = {}
        for symbol, settings, since, until in asked:
            source = self._source(symbol, settings)
            sources.append(source)
            if source is not None:
                span = Span(since, until)
                wanted[source] = wanted.get(source, span).joined(span)
        self._read(wanted)
        return [None if source is None else self._known[source][1] for source in sources]

    def of_signals(self, signals: pl.DataFrame) -> tuple[NDArray[np.int32], list[PriceSeries]]:
        """Return the number of the price series of each signal (-1 for none), and the series.

        They reach from the first entry to the last moment at which a price may still count.
        """
        end = pl.col("entry_at") + pl.col("max_hold_us") + LATEST_US + GAP_US + 1
        groups = signals.group_by("symbol", "settings_index", maintain_order=True).agg(
            pl.col("entry_at").min().alias("since"), end.max().alias("until")
        )
        found = self.of(groups.iter_rows())
        known = np.array([series is not None for series in found], dtype=np.bool_)
        numbers = np.where(known, np.cumsum(known) - 1, -1).astype(np.int32)
        numbered = groups.select("symbol", "settings_index", series=pl.Series(numbers))
        joined = signals.select("symbol", "settings_index").join(
            numbered, on=["symbol", "settings_index"], how="left", maintain_order="left"
        )
        return joined["series"].to_numpy(), [series for series in found if series is not None]

    def _source(self, symbol: str, settings: int) -> Source | None:
        key = (symbol, settings)
        if key not in self._sources:
            self._sources[key] = source_for(
                symbol, self._context.timeline.settings[settings].prices, self._prices
            )
        return self._sources[key]

    def _read(self, wanted: dict[Source, Span]) -> None:
        """Read and compose what is not known that far."""
        wider = {}
        for source, span in wanted.items():
            known = self._known[source][0] if source in self._known else span
            if source not in self._known or known.joined(span) != known:
                wider[source] = known.joined(span)
        asked = [
            Asked(
                source.symbol,
                source.name,
                interval,
                span.since - source.intervals[-1],
                span.until + source.intervals[-1],
            )
            for source, span in wider.items()
            for interval in source.intervals
        ]
        windows = iter(self._prices.windows(asked))
        for source, span in wider.items():
            self._known[source] = span, _composed(source, [next(windows) for _ in source.intervals])


def _composed(source: Source, windows: list[pl.DataFrame]) -> PriceSeries:
    """Compose windows of prices, one an interval."""
    if source.intervals[0] > 0:
        return compose(windows[0] if len(windows) == 1 else pl.concat(windows))
    quotes, *bars = windows
    of_bars = pl.concat(bars) if bars else quotes.clear()
    return compose(of_bars, quotes.select(at="open_at", bid="bid_close", ask="ask_close"))
