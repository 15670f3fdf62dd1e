"""What a batch may move is found by price span, clock, run and book, and nothing else is."""

from typing import Any

import polars as pl
import pytest

from untaken.streams.store.index import FOREVER, INDEXED, SignalIndex, TradeIndex
from untaken.streams.store.state import State


def row(ref: str, **more: Any) -> dict[str, Any]:
    times = {"day": 0, "at": 0, "entry_at": 10, "until_at": 20, "next_at": None, "free_at": 20}
    return {
        "ref": ref,
        "symbol": "BTC",
        "book": "book",
        "overlapped": 0,
        "revision": 1,
        **times,
        **more,
    }


@pytest.fixture
def index(state: State) -> SignalIndex:
    return SignalIndex(state.connection)


def save(index: SignalIndex, *rows: dict[str, Any]) -> None:
    index.save(pl.DataFrame(list(rows), schema=INDEXED, orient="row"))


@pytest.mark.parametrize(
    ("since", "until", "touched"),
    [(0, 10, False), (0, 11, True), (15, 16, True), (19, 30, True), (20, 30, False)],
)
def test_prices_touch_signals_that_they_overlap(
    index: SignalIndex, since: int, until: int, *, touched: bool
) -> None:
    save(index, row("s"))

    assert bool(index.touched_by_prices("BTC", since, until)) is touched
    assert index.touched_by_prices("ETH", since, until) == []


def test_the_clock_touches_what_is_due(index: SignalIndex) -> None:
    save(index, row("a", next_at=5), row("b", next_at=6), row("c"))

    assert index.due(4) == []
    assert index.due(5) == ["a"]
    assert sorted(index.due(FOREVER)) == ["a", "b"]


def test_a_run_is_told_from_one_whose_name_begins_like_it(index: SignalIndex, state: State) -> None:
    refs = [
        f"s\x1f{bot}\x1f{run}\x1f{n}" for bot in ("a", "ab") for run in ("r", "r1", "r 2") for n in (1, 2)
    ]
    save(index, *(row(ref) for ref in refs))
    trades = TradeIndex(state.connection)
    trades.save((f"t{ref[1:]}", 0, 1) for ref in refs)

    assert sorted(index.of_run("a", "r")) == ["s\x1fa\x1fr\x1f1", "s\x1fa\x1fr\x1f2"]
    assert sorted(trades.of_run("ab", "r1")) == ["t\x1fab\x1fr1\x1f1", "t\x1fab\x1fr1\x1f2"]


def test_a_book_is_walked_from_an_entry_on_with_who_held_it_before(index: SignalIndex) -> None:
    held = row("held", entry_at=5, free_at=50)
    overlapped = row("over", entry_at=6, free_at=60, overlapped=1)
    unknown = row("gone", entry_at=7, free_at=None)
    save(
        index, held, overlapped, unknown, row("now", entry_at=8), row("then", entry_at=9), row("x", book="y")
    )
    rows, before = index.books_from(pl.DataFrame({"book": ["book"], "start": [8]}))

    assert sorted(rows["ref"]) == ["now", "then"]
    assert before.rows() == [("book", 50)]


def test_an_exit_signal_touches_what_is_open_in_its_book(index: SignalIndex) -> None:
    save(index, row("open", until_at=FOREVER), row("over"), row("later", entry_at=40, until_at=FOREVER))

    assert index.of_book("book", 30, 40) == ["open"]


def test_rows_are_replaced_and_forgotten(index: SignalIndex) -> None:
    save(index, row("a"), row("b"))
    save(index, row("a", revision=2))
    index.remove(["b"])

    assert index.of(["a", "b", "c"])["revision"].to_list() == [2]
