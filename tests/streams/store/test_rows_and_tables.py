"""Rows and sums by day: replaced, moved to another day, added and cancelled, without a trace."""

import polars as pl

from untaken.projections.definition import Projection
from untaken.projections.ledger import COLUMNS
from untaken.streams.store.rows import RowStore
from untaken.streams.store.state import State
from untaken.streams.store.tables import TableStore

DAY_US = 86_400_000_000
SIGNALS = Projection(
    name="signals",
    version=1,
    source="ledger",
    time="at",
    keys=("symbol",),
    sums={"n": pl.lit(1), "pnl_e8": pl.col("pnl_e8")},
)


def rows(*given: tuple[str, int, int]) -> pl.DataFrame:
    """Build ledger rows of (ref, day, pnl_e8)."""
    empty = pl.DataFrame(schema={"ref": pl.String(), **COLUMNS, "day": pl.Int64()})
    named = [
        {"ref": ref, "at": day * DAY_US, "day": day, "pnl_e8": pnl, "symbol": "BTC"}
        for ref, day, pnl in given
    ]
    return pl.concat([empty, pl.DataFrame(named, schema=empty.schema)])


def kept(store: RowStore) -> list[tuple[str, int]]:
    return store.load_all("ledger").select("ref", "pnl_e8").rows()


def test_rows_are_replaced_and_may_move_to_another_day(state: State) -> None:
    store = RowStore(state.connection)
    store.replace("ledger", rows(), rows(("a", 1, 10), ("b", 1, 20), ("c", 2, 30)))
    store.replace("ledger", rows(("b", 1, 20), ("c", 2, 30)), rows(("b", 2, 21)))

    assert kept(store) == [("a", 10), ("b", 21)]
    assert kept(RowStore(state.connection)) == kept(store)
    assert store.load("ledger", pl.Series([1, 2]), pl.Series(["b"]))["ref"].to_list() == ["b"]


def test_a_day_without_rows_is_no_day(state: State) -> None:
    store = RowStore(state.connection)
    store.replace("ledger", rows(), rows(("a", 1, 10)))
    store.replace("ledger", rows(("a", 1, 10)), rows())

    assert state.connection.execute("SELECT count(*) FROM rows").fetchone() == (0,)


def test_the_days_of_a_window_are_loaded_alone(state: State) -> None:
    store = RowStore(state.connection)
    store.replace("ledger", rows(), rows(*((str(day), day, day) for day in range(-3, 60))))

    assert store.load_all("ledger", -1, 1)["ref"].to_list() == ["-1", "0", "1"]
    assert store.load_all("trades").is_empty()


def test_sums_are_added_by_day_and_what_cancels_is_gone(state: State) -> None:
    store = TableStore(state.connection)
    first, second = rows(("a", 1, 10), ("b", 2, 20)), rows(("c", 2, -5))
    store.add(SIGNALS, SIGNALS.fold(first))
    store.add(SIGNALS, SIGNALS.fold(second))
    both = store.load(SIGNALS).select("day", "n", "pnl_e8").rows()
    store.add(SIGNALS, SIGNALS.negated(SIGNALS.fold(first)))

    assert both == [(1, 1, 10), (2, 2, 15)]
    assert store.load(SIGNALS).select("day", "n", "pnl_e8").rows() == [(2, 1, -5)]
    assert store.load(SIGNALS, 3, 9).is_empty()


def test_sums_of_days_that_lie_together_are_told_apart(state: State) -> None:
    store = TableStore(state.connection)
    days = (-17, -1, 0, 15, 16, 40)
    for day in days:
        store.add(SIGNALS, SIGNALS.fold(rows((f"s{day}", day, day))))

    assert list(store.by_day(SIGNALS)) == list(days)
    assert {day: table["pnl_e8"].to_list() for day, table in store.by_day(SIGNALS, (40, -1, 7)).items()} == {
        -1: [-1],
        40: [40],
    }
    assert store.load(SIGNALS, -1, 15)["day"].to_list() == [-1, 0, 15]
    assert [store.load(SIGNALS, day, day)["pnl_e8"].to_list() for day in days] == [[day] for day in days]


def test_some_columns_are_loaded_in_the_order_asked_for(state: State) -> None:
    store = RowStore(state.connection)
    store.replace("ledger", rows(), rows(("a", 1, 10), ("b", 2, 20)))

    assert store.load_all("ledger", columns=["pnl_e8", "ref"]).rows() == [(10, "a"), (20, "b")]
    assert store.load_all("trades", columns=["ref"]).rows() == []
