"""Engines over logs of records, and everything they derive, to be compared."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import orjson
import polars as pl

from tests.streams.logs.builders import Ticking
from untaken.replay.digest import digest
from untaken.replay.rebuild import first_differing, tables_of
from untaken.schemas.times import instant, to_us
from untaken.streams.chain.chain import Chain
from untaken.streams.edge import Edge
from untaken.streams.engine import Engine
from untaken.streams.logs.base import Entry, Log
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.store.state import State

Record = dict[str, Any]
"""An event with its envelope: appended_at, backfill, event."""


def entries_of(records: Sequence[Record], *, edge: bool = True) -> list[Entry]:
    """Return records as an edge that knows no aliases yet passes them on, or just as they were reported."""
    if not edge:
        return [_as_reported(record) for record in records]
    gate = Edge({}, origin="test", backfill=False)
    entries = list(gate.entries([orjson.dumps(record) for record in records]))
    assert gate.emitted.refused == {}, gate.emitted.examples
    return entries


def _as_reported(record: Record) -> Entry:
    event = record["event"]
    appended_at = to_us(instant(record["appended_at"]))
    return Entry(event["type"], orjson.dumps(event), event.get("symbol"), record["backfill"], appended_at)


def log_of(records: Sequence[Record], *, edge: bool = True) -> MemoryLog:
    log = MemoryLog(Ticking())
    log.append(entries_of(records, edge=edge))
    return log


def run_through(log: Log, state: State, cuts: Sequence[int] = ()) -> Chain:
    """Let an engine read a log in batches that end at these places (counted in records), then to its end."""
    engine = Engine(log, state)
    for since, until in pairwise([0, *sorted(cuts)]):
        if until > since:
            engine.step(until - since)
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    return engine.chain


def computed(records: Sequence[Record], cuts: Sequence[int] = (), *, edge: bool = True) -> Chain:
    """Return what an engine makes of records, read in batches that end at these places."""
    return run_through(log_of(records, edge=edge), State(None), cuts)


def tables(chain: Chain) -> dict[str, pl.DataFrame]:
    """Return everything derived that no delivery may change: what was refused is told without its place."""
    found = dict(tables_of(chain))
    found["dead_letters"] = found["dead_letters"].select("code", "type", "id", "sentence").sort(pl.all())
    return found


def differences(one: Chain, other: Chain) -> dict[str, list[dict[str, Any]]]:
    """Return, by table, the first rows that only one of two chains has; nothing where they agree to the bit."""
    ours, theirs = tables(one), tables(other)
    return {
        name: first_differing(ours[name], theirs[name], most=2).to_dicts()
        for name in ours
        if digest(ours[name]) != digest(theirs[name])
    }


def counters(chain: Chain) -> dict[tuple[str, str], int]:
    """Return how often everything was counted: records by topic and type, copies, crossed quotes."""
    rows = chain.state.connection.execute("SELECT name, key, n FROM counters WHERE n != 0")
    return {(name, key): n for name, key, n in rows}
