"""A raw candle file as one table of bars, cell by cell and still unjudged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from untaken.streams.connectors.candles.columns import ASK, BID, PRICES, Layout, read_layout
from untaken.streams.connectors.candles.files import RawCandles
from untaken.streams.connectors.candles.naming import FileName, interval_text, interval_us
from untaken.streams.connectors.candles.times import Zone, read_times
from untaken.streams.connectors.report import ImportRefused


@dataclass(frozen=True)
class Wishes:
    """What the user said about the files; None where the file is to say it itself."""

    symbol: str | None = None
    interval: str | None = None
    source: str | None = None
    timezone: str | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)

    def checked(self) -> Wishes:
        """Return the wishes with the interval in its plain form; raises ImportRefused for an impossible one."""
        Zone(self.timezone)
        return replace(self, interval=None if self.interval is None else interval_text(self.interval))


@dataclass
class BarTable:
    """Bars of one file and what was found out about them.

    `frame`: line, symbol, reported (the file's own name where another is used), open_at (us UTC), open to close, volume, bid_*, ask_* where the file has them,
    stated_us (length of the bar as the file states it, null where it does not).
    """

    frame: pl.DataFrame
    notes: list[str]


def read_table(raw: RawCandles, name: FileName, wishes: Wishes, place: str) -> BarTable:
    """Bring the columns of a raw file into one form.

    Raises ImportRefused where a file is no candle file, or where symbol or time zone are not known.
    """
    layout = read_layout(raw.frame.columns, place)
    if raw.frame.is_empty():
        raise ImportRefused(f"{place}: a header and no bar below it; export the candles again")
    notes = _aside(layout)
    zone = Zone(wishes.timezone, utc_by_format=raw.utc_by_format or name.freqtrade or layout.utc_by_name)
    times = read_times(_time_cells(raw.frame, layout), zone, place)
    columns = [
        pl.int_range(raw.first_line, raw.first_line + raw.frame.height, dtype=pl.Int64).alias("line"),
        *_symbols(raw.frame, layout, name, wishes, place),
        times.open_at.alias("open_at"),
        *_prices(layout, notes),
        _stated_length(raw.frame, layout, times.open_at, zone, place).alias("stated_us"),
    ]
    return BarTable(raw.frame.select(columns), [*notes, *times.notes])


def _aside(layout: Layout) -> list[str]:
    names = [name for name in layout.aside if name.strip()]
    return [f"columns left aside: {', '.join(names)}"] if names else []


def _time_cells(frame: pl.DataFrame, layout: Layout) -> pl.Series:
    cells = frame[layout.columns["time"]]
    clock = layout.columns.get("clock")
    if clock is None or cells.dtype != pl.String or cells.str.contains(":").any():
        return cells
    return frame.select(pl.concat_str(cells.name, clock, separator=" ")).to_series()


def _symbols(
    frame: pl.DataFrame, layout: Layout, name: FileName, wishes: Wishes, place: str
) -> tuple[pl.Series, pl.Series]:
    """Return the symbol of each row, and the name it goes by in the file where that is another one."""
    if "symbol" in layout.columns:
        given = frame[layout.columns["symbol"]].cast(pl.String).str.strip_chars()
    else:
        given = pl.Series("symbol", [_named(name, wishes, place)]).new_from_index(0, frame.height)
    names = _renamed(given.unique().drop_nulls().sort().to_list(), wishes, place)
    symbols = given.replace_strict(names, default=None, return_dtype=pl.String)
    reported = pl.select(pl.when(given != symbols).then(given)).to_series()
    return symbols.alias("symbol"), reported.alias("reported")


def _named(name: FileName, wishes: Wishes, place: str) -> str:
    symbol = name.symbol or wishes.symbol
    if symbol is None:
        raise ImportRefused(f"{place}: neither a column nor the file's name says the symbol; give --symbol")
    return symbol


def _renamed(found: list[str], wishes: Wishes, place: str) -> dict[str, str]:
    if wishes.symbol is not None and len(found) > 1:
        raise ImportRefused(
            f"{place}: --symbol {wishes.symbol} would rename {len(found)} symbols ({', '.join(found[:4])}, ...) "
            "to one; leave it out"
        )
    return {symbol: wishes.symbol or wishes.aliases.get(symbol, symbol) for symbol in found}


def _prices(layout: Layout, notes: list[str]) -> list[pl.Expr]:
    """Open to close, else the bid's, else the ask's."""
    own = next(names for names in (PRICES, BID, ASK) if layout.has(names))
    if own is not PRICES:
        notes.append(f"open to close are the {own[0][:3]} side, for there are no others")
    prices = [_number(layout.columns[name]).alias(price) for name, price in zip(own, PRICES, strict=True)]
    sides = [
        _number(layout.columns[name]).alias(name) for side in (BID, ASK) if layout.has(side) for name in side
    ]
    volume = [_number(layout.columns["volume"]).alias("volume")] if "volume" in layout.columns else []
    return [*prices, *volume, *sides]


def _number(column: str) -> pl.Expr:
    text = pl.col(column).cast(pl.String).str.strip_chars()
    exact = text.cast(pl.Float64, strict=False)
    number = pl.when(exact.is_finite()).then(exact)
    return number.alias(column)


def _stated_length(
    frame: pl.DataFrame, layout: Layout, open_at: pl.Series, zone: Zone, place: str
) -> pl.Series:
    """Read the length in us from the interval column, else from the close time (the last instant within)."""
    if "interval" in layout.columns:
        cells = frame[layout.columns["interval"]].cast(pl.String)
        known = {text: interval_us(interval_text(text)) for text in cells.unique().drop_nulls().to_list()}
        return cells.replace_strict(known, default=None, return_dtype=pl.Int64)
    if "close_time" in layout.columns:
        length = read_times(frame[layout.columns["close_time"]], zone, place).open_at - open_at
        return ((length + 999_999) // 1_000_000) * 1_000_000
    return pl.Series("stated_us", [None], dtype=pl.Int64).new_from_index(0, frame.height)
