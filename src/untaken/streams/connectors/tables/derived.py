"""Fields that a table may leave out, because the others tell them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from untaken.schemas.ids import derived_id
from untaken.streams.connectors.candles.naming import interval_text, interval_us
from untaken.streams.connectors.report import ImportRefused
from untaken.streams.connectors.tables.cells import Typed
from untaken.streams.connectors.tables.matching import Matched
from untaken.streams.connectors.tables.raw import LINE

STAMP: Final = "%Y-%m-%dT%H:%M:%S%.6fZ"
SIGNAL_KEYS: Final = ("bot", "run", "symbol", "strategy", "direction")


def stamps(times: pl.Expr) -> pl.Expr:
    """Write microseconds as events do."""
    return times.cast(pl.Datetime("us")).dt.strftime(STAMP)


def complete(found: Typed, matched: Matched, signals: pl.DataFrame | None) -> Typed:
    """Add what can be derived, and say so; `signals` are the ids of signals in the same rows, by `LINE`."""
    step = _STEPS.get(matched.table.kind)
    frame = _with_hashed_ids(found.frame, matched)
    if "signal_id" in matched.model.model_fields and "signal_id" not in frame.columns and signals is not None:
        frame = frame.join(signals, on=LINE, how="left", maintain_order="left")
    found.frame = frame if step is None else step(frame, found.notes)
    return found


def _with_hashed_ids(frame: pl.DataFrame, matched: Matched) -> pl.DataFrame:
    """Turn the joined cells of a `derive` into ids."""
    chosen = [name for name, source in matched.sources.items() if source.derive is not None]
    return frame.with_columns(
        pl.Series(
            name, [None if key is None else derived_id("row", key.encode()) for key in frame[name]], pl.String
        )
        for name in chosen
    )


def _signals(frame: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Name signals by what makes them one, as the client does: asked again on one candle it is the same signal.

    A signal of a candle is known when that has closed.
    """
    if "at" not in frame.columns:
        notes.append("the time of a signal is the close of its candle: candle_at and timeframe")
        frame = frame.with_columns(at=pl.col("candle_at") + _lengths(frame["timeframe"]))
    if "signal_id" in frame.columns:
        return frame
    candle = pl.col("candle_at").fill_null(pl.col("at")) if "candle_at" in frame.columns else pl.col("at")
    keys = frame.select(key=pl.concat_str(SIGNAL_KEYS, separator="\x00"), candle=stamps(candle))
    notes.append(
        "signal ids are derived from symbol, strategy, direction and "
        + ("candle" if "candle_at" in frame.columns else "time")
    )
    ids = [
        None if key is None or stamp is None else derived_id(key, stamp.encode())
        for key, stamp in keys.iter_rows()
    ]
    return frame.with_columns(pl.Series("signal_id", ids, dtype=pl.String))


def _trades(frame: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    if "at" not in frame.columns:
        frame = frame.with_columns(at="exit_at")
    if "trade_id" not in frame.columns:
        notes.append("trade ids are derived from symbol, direction, entry and exit")
        keys = ("bot", "run", "symbol", "direction", "entry_at", "exit_at", "entry_price", "qty")
        joined = frame.select(pl.concat_str(keys, separator="\x00")).to_series()
        ids = [None if key is None else derived_id("trade", key.encode()) for key in joined]
        frame = frame.with_columns(pl.Series("trade_id", ids, dtype=pl.String))
    if "exit_reason" not in frame.columns:
        notes.append("exit_reason is not in the file: unknown")
        frame = frame.with_columns(exit_reason=pl.lit("unknown"))
    if "pnl_pct" not in frame.columns:
        notes.append("pnl_pct is not in the file: pnl / (entry_price x qty)")
        frame = frame.with_columns(pnl_pct=100 * pl.col("pnl") / (pl.col("entry_price") * pl.col("qty")))
    return frame


def _bars(frame: pl.DataFrame, _notes: list[str]) -> pl.DataFrame:
    """Give bars their close, which is their `at`."""
    if "at" in frame.columns:
        return frame
    known = {word: interval_text(word) for word in frame["interval"].drop_nulls().unique() if _length(word)}
    return frame.with_columns(
        at=pl.col("open_at") + _lengths(frame["interval"]), interval=pl.col("interval").replace(known)
    )


def _lengths(intervals: pl.Series) -> pl.Series:
    """Return intervals in microseconds, null where one is none."""
    lengths = {word: _length(word) for word in intervals.drop_nulls().unique()}
    return intervals.replace_strict(lengths, default=None, return_dtype=pl.Int64)


def _length(word: str) -> int | None:
    try:
        return interval_us(interval_text(word))
    except ImportRefused:
        return None


_STEPS: Final[Mapping[str, Callable[[pl.DataFrame, list[str]], pl.DataFrame]]] = {
    "signals": _signals,
    "trades": _trades,
    "bars": _bars,
}
