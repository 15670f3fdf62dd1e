"""A trades database of freqtrade into batches of events; read again, only what is new."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from pydantic import ValidationError

from untaken.schemas.base import Event
from untaken.schemas.events.executions import OrderFilled
from untaken.schemas.events.signals import SignalEmitted
from untaken.schemas.kinds import Mode
from untaken.streams.connectors.completion import completed
from untaken.streams.connectors.freqtrade.cells import Record, Unusable
from untaken.streams.connectors.freqtrade.database.blockers import judge, with_reported_signals
from untaken.streams.connectors.freqtrade.database.identity import Owner, owner_of
from untaken.streams.connectors.freqtrade.database.known import Cursor, Known, known_of, meta_of
from untaken.streams.connectors.freqtrade.database.limits import limits
from untaken.streams.connectors.freqtrade.database.opening import Tables, read_tables
from untaken.streams.connectors.freqtrade.database.rows import by_trade, record_of, trade_record
from untaken.streams.connectors.freqtrade.events import Fault, counted, entry_of, refusals
from untaken.streams.connectors.freqtrade.locks import Lock, observed, read_lock
from untaken.streams.connectors.freqtrade.runs import figures
from untaken.streams.connectors.freqtrade.trades import Run, Trade, events_of, read_trade
from untaken.streams.connectors.report import Import, ImportReport, SourceReport, several
from untaken.streams.logs.base import Entry, Log

BATCH: Final = 5_000
SOURCE: Final = "freqtrade:database"

Trades = list[tuple[Run, Trade]]


@dataclass
class _Read:
    """The database, read: trades that are traded at all, those that wait for their first fill, locks."""

    trades: Trades
    waiting: frozenset[int]
    refused: frozenset[int]
    locks: list[Lock]


def read_database(
    path: Path,
    *,
    log: Log | None = None,
    bot: str | None = None,
    run: str | None = None,
    mode: Mode | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Import:
    """Read a trades database, at once; `log` tells what of it was imported before, and is not written to.

    `bot`: the first trade's strategy where not given; `run`: named by the bot's first start; `mode`: paper for dry
    runs, told by the ids of orders. Raises ImportRefused for what is no trades database that can be read.
    """
    tables = read_tables(path)
    source = SourceReport(str(path), SOURCE, _digest(tables), rows=len(tables.trades))
    report = ImportReport([source])
    if not tables.trades:
        source.notes.append("no trade in this database yet; nothing was taken")
        return Import(iter(()), report)
    owner = owner_of(tables, str(path), bot=bot, run=run, mode=mode, aliases=aliases or {})
    known = known_of(log, owner.bot, owner.run, SOURCE)
    return Import(_batches(_entries(tables, owner, known, source, report)), report)


def _digest(tables: Tables) -> str:
    """Digest the rows: bytes of the file change without them, and lie in two files while freqtrade runs."""
    rows = [tables.trades, tables.orders, tables.locks]
    return hashlib.sha256(orjson.dumps(rows, default=str)).hexdigest()


def _batches(entries: list[Entry]) -> Iterator[list[Entry]]:
    yield from (entries[start : start + BATCH] for start in range(0, len(entries), BATCH))


def _entries(
    tables: Tables, owner: Owner, known: Known, source: SourceReport, report: ImportReport
) -> list[Entry]:
    read = _read(tables, owner, known, source)
    judged = judge(owner.run_of({}), read.trades, read.locks, known)
    new, events, faults = _events(read, known)
    source.refusals += refusals(faults)
    source.notes += limits(tables, read.trades, read.locks, judged, known.signals.height)
    locks = [observed(lock, owner.run_of({})) for lock in read.locks if int(lock.key) > known.cursor.locks]
    events += [*locks, *judged.decisions]
    cursor = _cursor(tables, read, faults)
    source.figures = _figures(owner, read.trades, new)
    if not events:
        report.up_to_date = known.cursor != Cursor()
        source.notes = ["nothing new since the last import" if report.up_to_date else "nothing to take yet"]
        return []
    events.sort(key=lambda event: event.at)
    if not known.cursor.trades:
        events.insert(0, owner.declaration(events[0].at))
    entries = list(counted(events, source))
    closing = completed(source, owner.bot, owner.run, owner.mode)
    return [*entries, entry_of(closing.model_copy(update={"meta": meta_of(cursor) or None}))]


def _read(tables: Tables, owner: Owner, known: Known, source: SourceReport) -> _Read:
    orders, faults = by_trade(tables.orders or []), list[Fault]()
    trades, waiting = Trades(), set[int]()
    for row in tables.trades:
        try:
            record = trade_record(row, orders[row["id"]])
            if record.get("pending"):
                waiting.add(row["id"])
            else:
                trades.append((owner.run_of(row), read_trade(record, str(row["id"]))))
        except Unusable as error:
            faults.append(Fault(row["id"], error))
    source.refusals += refusals(faults)
    if waiting:
        source.notes.append(
            f"{several(len(waiting), 'trade')} not entered yet, the order is open: taken up at a later import"
        )
    refused = frozenset(fault.row for fault in faults)
    return _Read(with_reported_signals(trades, known), frozenset(waiting), refused, _locks(tables, source))


def _locks(tables: Tables, source: SourceReport) -> list[Lock]:
    locks, faults = list[Lock](), list[Fault]()
    for row in tables.locks or []:
        try:
            locks.append(read_lock(record_of(row), str(row["id"])))
        except Unusable as error:
            faults.append(Fault(row["id"], error))
    source.refusals += refusals(faults, what="lock")
    return locks


def _events(read: _Read, known: Known) -> tuple[Trades, list[Event], list[Fault]]:
    """Return the trades of which something is new, what is new of them, and those that are refused."""
    new, events, faults = Trades(), list[Event](), list[Fault]()
    for run, trade in read.trades:
        row = int(trade.key)
        if known.cursor.takes(row):
            try:
                found = _without_taken(list(events_of(trade, run)), known.cursor.again.get(row, 0))
            except (Unusable, ValidationError) as error:
                faults.append(Fault(row, error))
                continue
            events += found
            new += [(run, trade)] if found else []
    return new, events, faults


def _without_taken(events: list[Event], fills: int) -> list[Event]:
    """Leave out the signal and the first fills of a trade of which an earlier import took so many."""
    if not fills:
        return events
    places = itertools.count()
    return [
        event
        for event in events
        if not isinstance(event, SignalEmitted | OrderFilled)
        or (isinstance(event, OrderFilled) and next(places) >= fills)
    ]


def _cursor(tables: Tables, read: _Read, faults: list[Fault]) -> Cursor:
    again = dict.fromkeys({*read.waiting, *read.refused, *(fault.row for fault in faults)}, 0)
    again |= {int(trade.key): len(trade.fills) for _, trade in read.trades if trade.is_open} | again
    last = max((int(lock.key) for lock in read.locks), default=0)
    return Cursor(max(row["id"] for row in tables.trades), last, again)


def _figures(owner: Owner, trades: Trades, new: Trades) -> Record:
    if not trades:
        return {}
    told = figures(owner.run_of({}), [trade for _, trade in trades])
    strategies = sorted({run.strategy for run, _ in trades})
    told.pop("rejected_signals")
    return told | {"mode": owner.mode, "strategy": strategies, "trades": len(trades), "taken": len(new)}
