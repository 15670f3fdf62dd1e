"""What a state would say otherwise than the topics do: noted in its outbox, tombstones included."""

from __future__ import annotations

from collections.abc import Iterator

from untaken.streams.chain.chain import Chain
from untaken.streams.published.form.keys import keys_of_refs, ref_of_key
from untaken.streams.published.form.letters import letters
from untaken.streams.published.form.rows import LEDGER, TRADES, RowKind, row_events
from untaken.streams.published.form.tables import BY_NAME, NotATable, of_table_key, table_json, table_key
from untaken.streams.published.writing import outbox as kinds
from untaken.streams.published.writing.outbox import Outbox
from untaken.streams.published.writing.outgoing import Collector, refused_of
from untaken.streams.published.writing.theirs import Theirs


def note_differences(chain: Chain, outbox: Outbox, collector: Collector, theirs: Theirs) -> None:
    """Note every row, day and letter of which the topics say something else, or more, and nothing besides.

    Inside a transaction. What had been noted before is part of what is compared.
    """
    outbox.clear()
    number = int(chain.state.get("batch") or 0)
    signals = list(_rows(chain, LEDGER, theirs.rows[LEDGER.topic]))
    outbox.note(kinds.LEDGER, signals, number)
    # A row and the news of its shadow trade are published together, so what differs may be news.
    outbox.note(kinds.SHADOW, signals, number)
    outbox.note(kinds.TRADES, _rows(chain, TRADES, theirs.rows[TRADES.topic]), number)
    outbox.note(kinds.TABLES, _tables(chain, theirs.tables), number)
    outbox.note(kinds.LETTERS, _letters(chain, collector, theirs.letters), number)


def _rows(chain: Chain, kind: RowKind, published: dict[bytes, str]) -> Iterator[str]:
    """Yield the references of rows that differ, day by day, and of those that are published but are no more."""
    letter = "s" if kind is LEDGER else "t"
    store = chain.stores.rows
    left = set(published)
    for day in store.days(kind.kind):
        rows = store.load_all(kind.kind, day, day)
        keys = keys_of_refs(rows["ref"])
        for ref, key, name in zip(rows["ref"], keys, row_events(kind, rows).ids, strict=True):
            left.discard(key)
            if published.get(key) != name:
                yield ref
    yield from (ref_of_key(letter, key) for key in sorted(left))


def _tables(chain: Chain, published: dict[bytes, bytes]) -> Iterator[str]:
    left = set(published)
    for name, projection in BY_NAME.items():
        for day, table in chain.stores.tables.by_day(projection).items():
            key = table_key(name, day)
            left.discard(key)
            if published.get(key) != table_json(projection, day, table):
                yield f"{name}/{day}"
    for key in sorted(left):
        known = _known_day(key)
        if known is not None:
            yield known


def _known_day(key: bytes) -> str | None:
    """Return the note of a day that is published but is no more; other versions' tables are left alone."""
    try:
        name, day = of_table_key(key)
    except NotATable:
        return None
    return f"{name}/{day}" if name in BY_NAME else None


def _letters(chain: Chain, collector: Collector, published: set[str]) -> Iterator[str]:
    own = collector.own(refused_of(chain.state))
    for stream, offset, name in zip(own["stream"], own["offset"], letters(own).ids, strict=True):
        if name not in published:
            yield f"{stream}\x1f{offset}"
