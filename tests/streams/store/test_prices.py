"""Of one bar the highest (revision, appended_at, id) wins, however and how often its versions come."""

from itertools import permutations
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.reference.moments import HOUR, MINUTE
from untaken.streams.store.prices import PRICES, SLOTS, Asked, PriceStore, similar
from untaken.streams.store.state import State

OPEN = 1_709_553_600_000_000
FIVE = 5 * MINUTE


def bar(
    event_id: str = "a", close: float = 100.0, *, revision: int = 0, appended_at: int = 0, **more: Any
) -> dict[str, Any]:
    prices = {"open": 100.0, "high": 101.0, "low": 99.0, "close": close}
    place = {"symbol": "BTC", "source": "", "interval_us": FIVE, "open_at": OPEN}
    kept = {"revision": revision, "appended_at": appended_at, "id": event_id}
    found = {**place, **prices, **kept, **more}
    return {"close_at": found["open_at"] + found["interval_us"], **found}


def quote(event_id: str, at: int = OPEN, bid: float = 99.0, ask: float = 101.0) -> dict[str, Any]:
    nothing = dict.fromkeys(("open", "high", "low", "close"))
    sides = {"bid_close": bid, "ask_close": ask}
    return {**bar(event_id, interval_us=0, open_at=at), **nothing, **sides}


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in PRICES} for row in rows], schema=PRICES)


def spans(changed: pl.DataFrame) -> list[tuple[str, int, int]]:
    return changed.rows()


def winners(store: PriceStore, interval: int = FIVE) -> list[tuple[str, float]]:
    bars = store.windows([Asked("BTC", "", interval, OPEN - 10 * HOUR, OPEN + 1000 * HOUR)])[0]
    return list(zip(bars["id"], bars["close"], strict=True))


VERSIONS = [
    bar("a", 1.0, revision=0, appended_at=90),
    bar("z", 2.0, revision=1, appended_at=10),
    bar("b", 3.0, revision=1, appended_at=20),
    bar("c", 4.0, revision=1, appended_at=20),
]


@pytest.mark.parametrize("order", list(permutations(range(4))))
@pytest.mark.parametrize("at_once", [True, False])
def test_the_best_version_of_a_bar_wins_in_any_order(
    state: State, order: tuple[int, ...], *, at_once: bool
) -> None:
    store = PriceStore(state.connection)
    for batch in [list(order)] if at_once else [[place] for place in order]:
        store.add(frame(*(VERSIONS[place] for place in batch)))

    assert winners(store) == [("c", 4.0)]


def test_a_copy_is_known_as_one_even_where_it_lost(state: State) -> None:
    store = PriceStore(state.connection)
    store.add(frame(*VERSIONS))
    changed, copies = store.add(frame(VERSIONS[0], VERSIONS[3], VERSIONS[3]))

    assert (spans(changed), copies) == ([], 3)
    assert winners(store) == [("c", 4.0)]


def test_only_bars_that_win_now_or_win_no_more_are_told_as_changed(state: State) -> None:
    store = PriceStore(state.connection)
    first, _ = store.add(frame(bar("a"), bar("b", open_at=OPEN + FIVE)))
    loser, _ = store.add(frame(bar("0", 7.0)))
    winner, _ = store.add(frame(bar("c", 8.0, open_at=OPEN + FIVE, revision=1)))

    assert spans(first) == [("BTC", OPEN, OPEN + 2 * FIVE + 1)]
    assert spans(loser) == []
    assert spans(winner) == [("BTC", OPEN + FIVE, OPEN + 2 * FIVE + 1)]


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
@pytest.mark.parametrize("later", [5, 6])
def test_of_two_bars_under_one_id_the_first_appended_stands(
    state: State, order: list[int], later: int
) -> None:
    store = PriceStore(state.connection)
    rivals = [bar("a", 1.0, appended_at=5), bar("a", 2.0, appended_at=later)]
    changes = [store.add(frame(rivals[place])) for place in order]

    assert winners(store) == [("a", 1.0)]
    assert [copies for _, copies in changes] == [0, 1]
    assert bool(spans(changes[1][0])) == (order == [1, 0])


def test_one_id_for_bars_of_two_times_is_two_bars_whether_they_come_together_or_not(state: State) -> None:
    together, apart = PriceStore(state.connection), PriceStore(State(None).connection)
    near, far = bar("a", 1.0), bar("a", 2.0, open_at=OPEN + SLOTS * 3 * FIVE)
    together.add(frame(near, far))
    apart.add(frame(near))
    apart.add(frame(far))

    assert winners(together) == winners(apart) == [("a", 1.0), ("a", 2.0)]


def test_sources_and_intervals_are_series_of_their_own(state: State) -> None:
    store = PriceStore(state.connection)
    store.add(frame(bar("a"), bar("b", source="x"), bar("c", interval_us=HOUR), quote("q")))

    assert store.series_of("BTC") == {"": {FIVE, HOUR, 0}, "x": {FIVE}}
    assert store.symbols() == ["BTC"]
    assert store.series_of("ETH") == {}


def test_a_window_has_what_closes_at_or_after_its_begin_and_opens_before_its_end(state: State) -> None:
    store = PriceStore(state.connection)
    store.add(frame(*(bar(f"{n:05d}", open_at=OPEN + n * FIVE) for n in range(3 * SLOTS))))
    for since, until in ((0, 1), (2, 3), (SLOTS - 1, SLOTS + 1), (0, 3 * SLOTS), (5, 5)):
        ids = store.windows([Asked("BTC", "", FIVE, OPEN + since * FIVE, OPEN + until * FIVE)])[0][
            "id"
        ].to_list()

        assert ids == [f"{n:05d}" for n in range(max(0, since - 1), until)]


def test_every_quote_counts_and_crossed_ones_are_counted_apart(state: State) -> None:
    store = PriceStore(state.connection)
    store.add(frame(quote("a"), quote("b"), quote("x", OPEN + 1, bid=102.0), quote("e", bid=101.0)))
    store.add(frame(quote("x", OPEN + 1, bid=102.0), quote("y", OPEN + HOUR, bid=103.0)))

    assert len(winners(store, 0)) == 5
    assert store.crossed_quotes() == {"BTC": 2}


def test_nothing_added_changes_nothing(state: State) -> None:
    changed, copies = PriceStore(state.connection).add(frame())

    assert (spans(changed), copies) == ([], 0)


def test_what_was_rolled_back_is_forgotten(state: State) -> None:
    store = PriceStore(state.connection)
    store.add(frame(bar("a", 1.0)))
    with pytest.raises(ZeroDivisionError):
        add_and_fail(state, store, bar("b", 2.0, revision=1), bar("c", symbol="ETH"))
    store.forget_cache()

    assert winners(store) == [("a", 1.0)]
    assert store.symbols() == ["BTC"]


def add_and_fail(state: State, store: PriceStore, *rows: dict[str, Any]) -> None:
    with state.transaction():
        store.add(frame(*rows))
        raise ZeroDivisionError


def test_prices_are_there_when_a_state_is_opened_again(tmp_path: Path) -> None:
    first = State(tmp_path / "state.db")
    PriceStore(first.connection).add(frame(*VERSIONS))
    first.close()
    second = State(tmp_path / "state.db")

    assert winners(PriceStore(second.connection)) == [("c", 4.0)]
    second.close()


@pytest.mark.parametrize(
    ("symbol", "names"),
    [
        ("BTC/UDS", ["BTC/USD", "BTC/USDT"]),
        ("btcusd", ["BTC/USD", "BTC/USDT"]),
        ("ZZZ", []),
    ],
)
def test_similar_names_are_the_most_alike_first(symbol: str, names: list[str]) -> None:
    assert similar(symbol, ["ETH/EUR", "BTC/USDT", "BTC/USD"])[:2] == names


def test_every_series_is_found_again_in_a_state_that_is_opened_anew(state: State) -> None:
    kinds = [("BTC", "", FIVE), ("BTC", "x", FIVE), ("BTC", "x", HOUR), ("ETH", "", MINUTE)]
    added = [
        bar(
            f"{number}",
            symbol=symbol,
            source=source,
            interval_us=interval,
            open_at=OPEN + number * 1000 * HOUR,
        )
        for number, (symbol, source, interval) in enumerate(kinds * 2)
    ]
    PriceStore(state.connection).add(frame(*added, quote("q")))
    store = PriceStore(state.connection)

    assert store.symbols() == ["BTC", "ETH"]
    assert store.series_of("BTC") == {"": {0, FIVE}, "x": {FIVE, HOUR}}
    assert store.series_of("ETH") == {"": {MINUTE}}
