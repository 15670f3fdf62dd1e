"""Rows come back from the topics as they were, to the last bit."""

import orjson
import polars as pl
from hypothesis import given, settings

from tests.projections.builders import blocked, ledger_of, signal
from tests.streams.published.generating import ledger_frames, trade_frames
from untaken.replay.digest import digest
from untaken.schemas.codec import decode
from untaken.schemas.events.derived import LedgerRow
from untaken.streams.published.form.rows import LEDGER, TRADES, RowKind, row_events, rows_of


def revised(rows: pl.DataFrame, revision: int = 1) -> pl.DataFrame:
    return rows.with_columns(revision=pl.lit(revision, dtype=pl.Int64))


def there_and_back(kind: RowKind, rows: pl.DataFrame) -> pl.DataFrame:
    read = rows_of(kind, row_events(kind, revised(rows)).values)
    assert (read.refused, read.unread) == ([], 0)
    return read.frame.select(list(kind.columns))


@settings(deadline=None, max_examples=150)
@given(rows=ledger_frames)
def test_ledger_rows_come_back_to_the_bit(rows: pl.DataFrame) -> None:
    assert digest(there_and_back(LEDGER, rows)) == digest(rows)


@settings(deadline=None, max_examples=100)
@given(rows=trade_frames)
def test_trades_come_back_to_the_bit(rows: pl.DataFrame) -> None:
    assert digest(there_and_back(TRADES, rows)) == digest(rows)


@settings(deadline=None, max_examples=50)
@given(rows=ledger_frames)
def test_every_row_is_an_event_that_the_model_takes(rows: pl.DataFrame) -> None:
    events = row_events(LEDGER, revised(rows))
    read = [decode(value) for value in events.values]

    assert [event.id for event in read] == events.ids
    assert all(isinstance(event, LedgerRow) for event in read)


def row(**fields: object) -> pl.DataFrame:
    whole = signal(id="e1", direction="long", price=1.5, attempts=0, verdicts=[], flags=[], trades=[])
    return ledger_of(whole | fields)


def test_the_id_of_a_row_does_not_tell_how_often_it_was_corrected() -> None:
    first, second = (row_events(LEDGER, revised(row(), n)) for n in (1, 2))

    assert first.ids == second.ids
    assert first.values != second.values


def test_a_row_that_differs_has_another_id() -> None:
    first, second = (row_events(LEDGER, revised(row(pnl_e8=pnl))) for pnl in (1, 2))

    assert first.ids != second.ids


def test_nothing_is_written_of_what_is_not_known() -> None:
    written = orjson.loads(row_events(LEDGER, revised(row())).values[0])

    assert "pnl_e8" not in written
    assert None not in written.values()


def test_the_null_of_a_free_map_is_kept() -> None:
    written = orjson.loads(row_events(LEDGER, revised(row(meta='{"a":1,"b":null}'))).values[0])

    assert written["meta"] == {"a": 1, "b": None}


def test_what_somebody_else_writes_is_counted_and_left_out() -> None:
    ours = row_events(LEDGER, revised(row())).values
    read = rows_of(LEDGER, [b"not ours", *ours])

    assert read.frame["row"].to_list() == [1]
    assert len(read.refused) == 1


def test_a_sole_blocker_is_named_again() -> None:
    rows = ledger_of(
        blocked("s1", ["spread"], id="e", direction="long", price=1.0, attempts=1, sole="spread")
        | {"verdicts": [], "flags": [], "trades": []}
    )

    assert there_and_back(LEDGER, rows)["sole"].to_list() == ["spread"]
