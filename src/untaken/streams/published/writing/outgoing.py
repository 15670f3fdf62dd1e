"""From notes of the outbox to the records that say what the state says now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import orjson
import polars as pl

from untaken.schemas.events.deadletters import BOT
from untaken.schemas.registry import BROADCAST, SYMBOL_TOPICS
from untaken.schemas.times import from_us, rfc3339
from untaken.streams.chain.chain import Stores
from untaken.streams.chain.intake import REFUSED
from untaken.streams.published.form.keys import keys_of_refs
from untaken.streams.published.form.letters import letters
from untaken.streams.published.form.places import Place, place_of
from untaken.streams.published.form.records import (
    JSON_HEADERS,
    LETTERS_TOPIC,
    Record,
    event_headers,
    event_records,
)
from untaken.streams.published.form.rows import LEDGER, TRADES, RowKind, row_events
from untaken.streams.published.form.shadows import shadow_fills, shadow_outcomes
from untaken.streams.published.form.tables import BY_NAME, table_json, table_key
from untaken.streams.published.writing import outbox
from untaken.streams.published.writing.outbox import Note
from untaken.streams.store.state import State


class Collector:
    """Reads the state of one partition; to be used where its chain runs, between two batches."""

    def __init__(self, state: State, stores: Stores, prefix: str, partition: int) -> None:
        self._state = state
        self._stores = stores
        self._prefix = prefix
        self._partition = partition

    def records(self, notes: Sequence[Note]) -> list[Record]:
        """Return the records of notes, those of one kind together."""
        found: list[Record] = []
        for kind, of_kind in groupby(notes, key=lambda note: note.kind):
            keys = [note.key for note in of_kind]
            if kind in {outbox.LEDGER, outbox.TRADES}:
                found += self._rows(LEDGER if kind == outbox.LEDGER else TRADES, keys)
            elif kind == outbox.SHADOW:
                found += self._shadows(keys)
            elif kind == outbox.TABLES:
                found += self._tables(keys)
            elif kind == outbox.LETTERS:
                found += self._letters(keys)
        return found

    def rows(self, kind: RowKind, refs: Sequence[str]) -> pl.DataFrame:
        """Return the rows with these references that there are, with `ref` and `revision`, sorted by `ref`."""
        if kind is LEDGER:
            index = self._stores.signals.of(refs).select("ref", "day", "revision")
        else:
            known = self._stores.trades.days_of(refs)
            index = pl.DataFrame(
                [(ref, *of) for ref, of in known.items()],
                schema={"ref": pl.String, "day": pl.Int64, "revision": pl.Int64},
                orient="row",
            )
        rows = self._stores.rows.load(kind.kind, index["day"], index["ref"])
        return rows.join(index.select("ref", "revision"), on="ref").sort("ref")

    def _rows(self, kind: RowKind, refs: Sequence[str]) -> Iterator[Record]:
        rows = self.rows(kind, refs)
        yield from event_records(
            kind.topic, kind.event, rows, keys_of_refs(rows["ref"]), row_events(kind, rows)
        )
        gone = set(refs) - set(rows["ref"])
        yield from (Record(kind.topic, key, None, []) for key in keys_of_refs(sorted(gone)))

    def _shadows(self, refs: Sequence[str]) -> Iterator[Record]:
        rows = self.rows(LEDGER, refs)
        for topic, type_name, events in (
            ("shadow-fills", "shadow.filled", shadow_fills(rows)),
            ("shadow-outcomes", "shadow.closed", shadow_outcomes(rows)),
        ):
            for name, value in zip(events.ids, events.values, strict=True):
                said = orjson.loads(value)
                headers = event_headers(type_name, name, said["bot"], said["run"], said["at"])
                yield Record(topic, said["symbol"].encode(), value, headers)

    def _tables(self, keys: Sequence[str]) -> Iterator[Record]:
        asked: dict[str, list[int]] = {}
        for key in keys:
            name, _, number = key.rpartition("/")
            asked.setdefault(name, []).append(int(number))
        for name, days in asked.items():
            projection = BY_NAME[name]
            found = self._stores.tables.by_day(projection, days)
            for day in days:
                value = table_json(projection, day, found[day]) if day in found else None
                yield Record("tables", table_key(name, day), value, JSON_HEADERS)

    def _letters(self, keys: Sequence[str]) -> Iterator[Record]:
        refused = self.refused(keys)
        made = letters(refused)
        for appended_at, name, value in zip(refused["appended_at"], made.ids, made.values, strict=True):
            headers = event_headers("dead.lettered", name, BOT, "default", rfc3339(from_us(appended_at)))
            yield Record(LETTERS_TOPIC, None, value, headers)

    def refused(self, keys: Sequence[str]) -> pl.DataFrame:
        """Return the refusals at these places (stream, offset) that this partition is to tell of."""
        columns = ", ".join(REFUSED)
        find = f"SELECT {columns} FROM refused WHERE stream = ? AND offset = ?"  # noqa: S608 - its own columns
        places = [key.rpartition("\x1f")[::2] for key in keys]
        found = (self._state.connection.execute(find, place).fetchone() for place in places)
        frame = pl.DataFrame([row for row in found if row is not None], schema=REFUSED, orient="row")
        return self.own(frame)

    def own(self, refused: pl.DataFrame) -> pl.DataFrame:
        """Leave out the refusals that another partition tells of."""
        return own_refusals(refused, self._prefix, self._partition)


def refused_of(state: State) -> pl.DataFrame:
    """Return everything that a state refused, in order of the log."""
    rows = state.connection.execute(
        f"SELECT {', '.join(REFUSED)} FROM refused ORDER BY stream, offset"  # noqa: S608 - its own columns
    )
    return pl.DataFrame(rows.fetchall(), schema=REFUSED, orient="row")


def own_refusals(refused: pl.DataFrame, prefix: str, partition: int) -> pl.DataFrame:
    """Leave out what every partition sees and another one therefore tells of."""
    seen = refused.select("stream", "type", "payload").iter_rows()
    own = [
        _is_own(place_of(stream, prefix), type_name, payload, partition)
        for stream, type_name, payload in seen
    ]
    return refused.filter(pl.Series(own, dtype=pl.Boolean))


def _is_own(place: Place, type_name: str, payload: bytes, partition: int) -> bool:
    if place.topic == LETTERS_TOPIC:
        return False  # the edge has written it there itself
    if place.topic not in SYMBOL_TOPICS:
        return partition == 0
    if type_name in BROADCAST:
        return partition == 0 and place.topic == "market"
    return partition == 0 or not (type_name == "context.observed" and _concerns_all(payload))


def _concerns_all(payload: bytes) -> bool:
    """Whether a reading names no symbol, so that it was sent to every partition."""
    try:
        event = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return False
    return isinstance(event, dict) and event.get("symbol") is None
