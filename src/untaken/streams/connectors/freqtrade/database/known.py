"""What a log already knows of a run: how far an earlier import came, and signals that were reported apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl
from pydantic import JsonValue

from untaken.schemas.codec import decode
from untaken.schemas.columnar.bulk import decode_batch
from untaken.schemas.events.runs import ImportCompleted
from untaken.streams.logs.base import Log

_READ_AT_ONCE: Final = 50_000
_MAX_AGAIN: Final = 2_000
_SIGNALS: Final = "signal.emitted"
_DECISIONS: Final = "decision.made"
SIGNAL_SCHEMA: Final = {
    "signal_id": pl.String(),
    "symbol": pl.String(),
    "direction": pl.String(),
    "at": pl.Int64(),
    "candle_at": pl.Int64(),
}


@dataclass(frozen=True)
class Cursor:
    """How far the last import came: ids of rows; `again` has those trades that were open, waiting or refused."""

    trades: int = 0
    locks: int = 0
    again: Mapping[int, int] = field(default_factory=dict)
    """How many of its fills were taken, by trade."""

    def takes(self, row: int) -> bool:
        """Say whether a trade is new, or was not final when it was read last."""
        return row > self.trades or row in self.again


def _no_signals() -> pl.DataFrame:
    return pl.DataFrame(schema=SIGNAL_SCHEMA)


@dataclass(frozen=True)
class Known:
    """`signals` of the run that no trade was taken for a signal of; `judged` are ids of decisions in the log."""

    cursor: Cursor = Cursor()
    signals: pl.DataFrame = field(default_factory=_no_signals)
    judged: frozenset[str] = frozenset()


def known_of(log: Log | None, bot: str, run: str, source: str) -> Known:
    """Read what the log knows of a run; its signals are read only if some were not derived by an import."""
    if log is None:
        return Known()
    imports = _imports(log)
    mine = [event for event in imports if (event.bot, event.run, event.source) == (bot, run, source)]
    derived = sum(event.counts.get(_SIGNALS, 0) for event in imports if event.source.startswith("freqtrade:"))
    emitted = sum(count.events for count in log.counts() if count.type == _SIGNALS)
    cursor = _cursor(mine[-1]) if mine else Cursor()
    if emitted <= derived:
        return Known(cursor)
    return Known(cursor, *_reported(log, bot, run))


def _imports(log: Log) -> list[ImportCompleted]:
    frame = log.settings_records().frame.filter(pl.col("type") == "import.completed")
    events = (decode(value, edge=False) for value in frame["value"])
    return [event for event in events if isinstance(event, ImportCompleted)]


def _cursor(event: ImportCompleted) -> Cursor:
    match (event.meta or {}).get("cursor"):
        case {"trades": int(trades), "locks": int(locks), "again": dict(again)}:
            return Cursor(
                trades, locks, {int(row): fills for row, fills in again.items() if isinstance(fills, int)}
            )
    return Cursor()


def _reported(log: Log, bot: str, run: str) -> tuple[pl.DataFrame, frozenset[str]]:
    """Read signals of the run that do not stem from a trade, the first of each id, and the decisions about them."""
    found, judged, position = [_no_signals()], set[str](), log.start()
    while len(batch := log.read(position, _READ_AT_ONCE)):
        position = batch.position
        signals = _of_run(batch.frame, _SIGNALS, bot, run)
        own = pl.col("meta").fill_null("").str.contains('"derived_from"', literal=True)
        found.append(signals.filter(~own).select(*SIGNAL_SCHEMA))
        judged.update(_of_run(batch.frame, _DECISIONS, bot, run)["id"])
    frame = pl.concat(found).sort("at", "signal_id").unique("signal_id", keep="first", maintain_order=True)
    return frame, frozenset(judged)


def _of_run(frame: pl.DataFrame, type_name: str, bot: str, run: str) -> pl.DataFrame:
    values = frame.filter(pl.col("type") == type_name)["value"]
    return decode_batch(type_name, values).frame.filter((pl.col("bot") == bot) & (pl.col("run") == run))


def meta_of(cursor: Cursor) -> dict[str, JsonValue]:
    """Return the cursor as `import.completed` keeps it; none where too much has to be read again."""
    if len(cursor.again) > _MAX_AGAIN:
        return {}
    again: dict[str, JsonValue] = {str(row): fills for row, fills in sorted(cursor.again.items())}
    return {"cursor": {"trades": cursor.trades, "locks": cursor.locks, "again": again}}
