"""What held back signals that were reported apart: pair locks and open positions, where the database proves it.

freqtrade asks a lock at the close of the candle that a signal stands on, and asks no lock for a pair that it holds
(freqtradebot.py, pairlock_middleware.py, 2020.11 to 2026.9). No free slot, too little balance and a denial by
`confirm_trade_entry` leave no row: those blockers stay unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from untaken.schemas.events.decisions import DecisionMade
from untaken.schemas.times import from_us, to_us
from untaken.streams.connectors.candles.naming import interval_us
from untaken.streams.connectors.freqtrade.database.known import Known
from untaken.streams.connectors.freqtrade.locks import GUARDS, Lock
from untaken.streams.connectors.freqtrade.trades import Run, Trade

_FOR_EVER: Final = 2**62
_HELD: Final = "position_open"


@dataclass(frozen=True)
class Judged:
    """Decisions about reported signals, and how many signals neither lock nor position explains."""

    decisions: list[DecisionMade]
    unexplained: int


def with_reported_signals(trades: list[tuple[Run, Trade]], known: Known) -> list[tuple[Run, Trade]]:
    """Let each trade follow the signal that was reported for its candle, if one was.

    A bot enters on the last closed candle: that of the signal, or, where the signal names none, the running
    candle is the one that it was reported in.
    """
    if known.signals.is_empty():
        return trades
    return [
        (run, replace(trade, reported_signal=_signal_of(trade, run, known.signals))) for run, trade in trades
    ]


def _signal_of(trade: Trade, run: Run, signals: pl.DataFrame) -> str | None:
    if trade.forced or run.timeframe is None:
        return None
    asked, length = to_us(trade.wished_at), interval_us(run.timeframe)
    begun = asked - asked % length
    symbol = run.aliases.get(trade.pair, trade.pair)
    of_candle = pl.col("candle_at") == begun - length
    in_candle = pl.col("candle_at").is_null() & pl.col("at").is_between(begun, asked)
    same = (pl.col("symbol") == symbol) & (pl.col("direction") == trade.direction)
    found = signals.filter(same & (of_candle | in_candle))["signal_id"]
    return None if found.is_empty() else str(found[-1])


def judge(run: Run, trades: list[tuple[Run, Trade]], locks: list[Lock], known: Known) -> Judged:
    """Return a block for every guard that certainly held back a reported signal."""
    taken = {trade.reported_signal for _, trade in trades if trade.reported_signal}
    signals = known.signals.filter(~pl.col("signal_id").is_in(list(taken)))
    held = _covered(signals, _positions(run, trades))
    free = signals.join(held, on="signal_id", how="anti")
    locked = _covered(free, _locked(run, [lock for lock in locks if lock.active]))
    rows = pl.concat([held, locked]).sort("at", "signal_id", "begin", "guard")
    first = rows.unique(["signal_id", "guard"], keep="first", maintain_order=True)
    return Judged(list(_decisions(run, first, known.judged)), free.height - locked["signal_id"].n_unique())


_SPAN_SCHEMA: Final = {
    "guard": pl.String(),
    "reason": pl.String(),
    "pair": pl.String(),
    "side": pl.String(),
    "begin": pl.Int64(),
    "end": pl.Int64(),
}


def _positions(run: Run, trades: list[tuple[Run, Trade]]) -> pl.DataFrame:
    rows = [
        (
            _HELD,
            f"trade {trade.key} was open",
            run.aliases.get(trade.pair, trade.pair),
            "*",
            to_us(trade.wished_at),
            _FOR_EVER if trade.is_open else to_us(trade.exits[-1].at),
        )
        for _, trade in trades
    ]
    return pl.DataFrame(rows, _SPAN_SCHEMA, orient="row")


def _locked(run: Run, locks: list[Lock]) -> pl.DataFrame:
    rows = [
        (
            lock.guard,
            lock.reason,
            None if lock.pair is None else run.aliases.get(lock.pair, lock.pair),
            lock.side,
            to_us(lock.begin),
            to_us(lock.end),
        )
        for lock in locks
    ]
    return pl.DataFrame(rows, _SPAN_SCHEMA, orient="row")


def _covered(signals: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Join signals with the spans that they lie in; a span of no pair covers all, one of side `*` both."""
    pair = pl.col("pair").is_null() | (pl.col("pair") == pl.col("symbol"))
    side = (pl.col("side") == "*") | (pl.col("side") == pl.col("direction"))
    return (
        signals.lazy()
        .join_where(spans.lazy(), pl.col("begin") <= pl.col("at"), pl.col("at") < pl.col("end"))
        .filter(pair & side)
        .collect()
    )


def _decisions(run: Run, rows: pl.DataFrame, judged: frozenset[str]) -> Iterator[DecisionMade]:
    for row in rows.iter_rows(named=True):
        common = run.common("decision.made", f"{row['signal_id']}\x00{row['guard']}")
        if common["id"] not in judged:
            yield DecisionMade(
                **common,
                at=from_us(row["at"]),
                signal_id=row["signal_id"],
                symbol=row["symbol"],
                guard=row["guard"],
                verdict="blocked",
                kind=GUARDS[row["guard"]],
                reason_code=_HELD if row["guard"] == _HELD else "pair_locked",
                reason=row["reason"],
                meta={"derived_from": "freqtrade's database"},
            )
