"""Candle files into batches of `market.bar` events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from untaken.schemas.codec import encode
from untaken.streams.connectors.candles.columns import PRICES
from untaken.streams.connectors.candles.encoding import FEED, bar_entries
from untaken.streams.connectors.candles.files import MAX_BYTES, read_raw
from untaken.streams.connectors.candles.naming import SUFFIXES, FileName, in_words, read_name, why_no_candles
from untaken.streams.connectors.candles.quality import (
    judged,
    oddities,
    refusals,
    without_bad_sides,
    without_bad_volume,
)
from untaken.streams.connectors.candles.spacing import misfits, with_interval
from untaken.streams.connectors.candles.table import BarTable, Wishes, read_table
from untaken.streams.connectors.completion import completed
from untaken.streams.connectors.report import Import, ImportRefused, ImportReport, Refusal, SourceReport
from untaken.streams.logs.base import Entry

BATCH = 20_000


def read_candles(
    paths: Sequence[Path],
    *,
    symbol: str | None = None,
    interval: str | None = None,
    source: str | None = None,
    timezone: str | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Import:
    """Read candle files (CSV, Parquet, Feather, JSON, Binance klines; also gzipped or zipped), file by file.

    `timezone` serves files whose times name none; `aliases` maps names in the files to symbols; `source` names
    the prices of all files, else each file's stem does. A folder stands for the candle files in it.
    Reading raises ImportRefused at the first file that is none.
    """
    wishes = Wishes(symbol, interval, source, timezone, aliases or {}).checked()
    report = ImportReport()
    files = candle_files(paths, report)
    return Import(_batches(files, wishes, report), report)


def candle_files(paths: Sequence[Path], report: ImportReport) -> list[Path]:
    """Return the files that paths stand for; what of a folder is left out is noted in the report."""
    return [file for path in paths for file in (_in_folder(path, report) if path.is_dir() else [path])]


def read_bars(path: Path, wishes: Wishes) -> tuple[pl.DataFrame, SourceReport]:
    """Return the usable bars of one file, sorted by (open_at, symbol), and the report about it.

    Columns: symbol, open_at and interval_us (us), open, high, low, close, volume, bid_*, ask_*.
    """
    name, data = read_name(path), _bytes(path)
    table = read_table(read_raw(data, str(path)), name, wishes, str(path))
    report = SourceReport(str(path), wishes.source or name.stem[:200], hashlib.sha256(data).hexdigest())
    report.rows = table.frame.height
    bars = _usable(table, name, wishes, report)
    _describe(bars, name, report)
    return bars, report


def _batches(files: list[Path], wishes: Wishes, report: ImportReport) -> Iterator[list[Entry]]:
    for path in files:
        bars, source = read_bars(path, wishes)
        report.sources.append(source)
        for batch in bars.iter_slices(BATCH):
            yield bar_entries(batch, source.name)
        yield [Entry("import.completed", encode(completed(source, FEED)), None, backfill=True)]


def _in_folder(folder: Path, report: ImportReport) -> Iterator[Path]:
    files = sorted(path for path in folder.iterdir() if path.name.lower().endswith(SUFFIXES))
    if not files:
        raise ImportRefused(
            f"{folder}: no candle file in this folder; known endings are {', '.join(SUFFIXES)}"
        )
    for path in files:
        if reason := why_no_candles(path):
            report.notes.append(f"{path}: left out, it {reason}")
        else:
            yield path


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ImportRefused(
                f"{path}: larger than {MAX_BYTES // 1024**3} GiB; split it by month or symbol"
            )
        return path.read_bytes()
    except OSError as error:
        raise ImportRefused(f"{path}: cannot be read ({error.strerror}); check the path") from None


def _usable(table: BarTable, name: FileName, wishes: Wishes, report: SourceReport) -> pl.DataFrame:
    place = report.path
    first = judged(table.frame)
    report.refusals += refusals(first)
    bars = first.filter(pl.col("reason").is_null()).drop("reason")
    if bars.is_empty():
        raise ImportRefused(
            f"{place}: not one bar of {report.rows} rows can be used: {_why(report.refusals)}"
        )
    disorder = _out_of_order(bars)
    unique, repeated = _without_duplicates(bars.sort("symbol", "open_at", "line"))
    spaced = with_interval(unique, name, wishes, place)
    second = spaced.frame.sort("symbol", "interval_us", "open_at")
    second = second.with_columns(reason=misfits(second))
    report.refusals += refusals(second)
    kept, sides = without_bad_sides(second.filter(pl.col("reason").is_null()).drop("reason", "line"))
    kept, volumes = without_bad_volume(kept)
    report.notes += [*spaced.notes, *table.notes, *disorder, *repeated, *sides, *volumes, *oddities(kept)]
    return kept.sort("open_at", "symbol")


def _why(found: list[Refusal]) -> str:
    return "; ".join(refusal.sentence() for refusal in found[:3])


def _out_of_order(bars: pl.DataFrame) -> list[str]:
    """Count bars that open before one that stands above them in the file."""
    behind = pl.col("open_at") < pl.col("open_at").cum_max().over("symbol")
    count = int(bars.select(behind.sum()).item())
    return [f"{count:,} bars were out of order; sorted"] if count else []


def _without_duplicates(bars: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Keep the last bar in the file of each opening: feeds write repairs below what they repair."""
    keys = ["symbol", "open_at", "stated_us"]
    latest = bars.unique(keys, keep="last", maintain_order=True)
    again = bars.height - latest.height
    different = latest.height and bars.unique([*keys, *PRICES]).height - latest.height
    notes = (
        [f"{again - different:,} bars stood in the file more than once; counted once"]
        if again > different
        else []
    )
    if different:
        notes.append(f"{different:,} bars stood in the file again with other prices; the last one is used")
    return latest, notes


def _describe(bars: pl.DataFrame, name: FileName, report: SourceReport) -> None:
    if name.kind == "mark":
        report.notes.append("mark prices: what the exchange settles by, not what was traded")
    symbols = bars["symbol"].unique().sort().to_list()
    if unquoted := [symbol for symbol in symbols if "/" not in symbol]:
        report.notes.append(f"quote currency not named: {_some(unquoted)}")
    report.figures = {
        "symbols": symbols,
        "intervals": [in_words(length) for length in bars["interval_us"].unique().sort().to_list()],
        "sides": [side for side in ("bid", "ask") if f"{side}_open" in bars.columns],
    }
    if not bars.is_empty():
        closes = bars.select(at=pl.col("open_at") + pl.col("interval_us"))["at"]
        report.add("market.bar", bars.height, int(closes.min()), int(closes.max()))  # type: ignore[arg-type]


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
