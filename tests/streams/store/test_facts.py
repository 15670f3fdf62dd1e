"""Every accepted fact is kept once; of two under one id the first appended stands, in any order."""

from itertools import permutations
from typing import Any

import polars as pl
import pytest

from untaken.streams.store.facts import FORESEEN, STORED, FactStore
from untaken.streams.store.state import State


def fact(event_id: str = "a", ref: str = "s1", *, appended_at: int = 0, **more: Any) -> dict[str, Any]:
    place = {"symbol": "BTC", "topic": "signals", "id": event_id, "type": "signal.emitted"}
    return {
        **place,
        "ref": ref,
        "other": None,
        "at": 0,
        "appended_at": appended_at,
        "payload": ref.encode(),
        **more,
    }


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=STORED, orient="row")


def refs(facts: pl.DataFrame) -> list[str]:
    return sorted(facts["ref"])


RIVALS = [fact(ref="s1", appended_at=5), fact(ref="s2", appended_at=3), fact(ref="s3", appended_at=3)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_first_appended_stands_and_whoever_gave_way_is_told(state: State, order: tuple[int, ...]) -> None:
    store = FactStore(state.connection)
    told: list[str] = []
    for batch, place in enumerate(order, 1):
        added = store.add(frame(RIVALS[place]), batch)
        told += refs(added.lost) if added.stands[0] else [RIVALS[place]["ref"]]

    assert refs(store.of(["s1", "s2", "s3"])) == ["s2"]
    assert sorted(told) == ["s1", "s3"]


def test_copies_are_counted_and_do_not_stand(state: State) -> None:
    store = FactStore(state.connection)
    store.add(frame(fact("a"), fact("b")), 1)
    added = store.add(frame(fact("a"), fact("c")), 2)

    assert (added.copies, added.stands.to_list(), added.lost.height) == (1, [False, True], 0)


def test_an_id_belongs_to_its_topic_and_symbol(state: State) -> None:
    store = FactStore(state.connection)
    added = store.add(frame(fact(), fact(topic="decisions"), fact(symbol="ETH")), 1)

    assert added.copies == 0
    assert store.of(["s1"]).height == 3


def test_what_was_foreseen_is_no_copy_when_it_comes_but_it_is_the_second_time(state: State) -> None:
    store = FactStore(state.connection)
    store.add(frame(fact(symbol="", topic="settings")), FORESEEN)
    first = store.add(frame(fact(symbol="", topic="settings")), 1)
    second = store.add(frame(fact(symbol="", topic="settings")), 2)

    assert (first.copies, first.stands.to_list()) == (0, [True])
    assert (second.copies, second.stands.to_list()) == (1, [False])
    assert store.of_topic("settings").height == 1


def test_facts_are_found_by_what_they_belong_to_and_by_what_they_name_each_once(state: State) -> None:
    store = FactStore(state.connection)
    store.add(frame(fact("a", "t1", other="s1"), fact("b", "s1"), fact("c", "t2", other="s2")), 1)

    assert refs(store.of(["s1"])) == ["s1", "t1"]
    assert refs(store.of(["s1", "t1"])) == ["s1", "t1"]
    assert store.of([]).is_empty()


def test_facts_of_earlier_batches_can_be_told_from_those_of_this_one(state: State) -> None:
    store = FactStore(state.connection)
    store.add(frame(fact("a")), 1)
    store.add(frame(fact("b")), 2)

    assert store.of(["s1"], before_batch=2)["id"].to_list() == ["a"]


def test_fills_are_found_by_symbol_and_time(state: State) -> None:
    store = FactStore(state.connection)
    fills = [fact(f"f{at}", f"t{at}", type="order.filled", topic="executions", at=at) for at in (10, 20, 30)]
    store.add(frame(*fills, fact("s", "s1", at=20)), 1)

    assert sorted(store.refs_of_fills("BTC", 10, 30)) == ["t10", "t20"]
    assert store.refs_of_fills("ETH", 0, 99) == []
    assert sorted(store.refs_of_fills_since(20)) == ["t20", "t30"]


def test_exits_are_those_strictly_after_a_time(state: State) -> None:
    store = FactStore(state.connection)
    store.add(frame(*(fact(f"x{at}", "book", at=at) for at in (10, 20, 30))), 1)

    assert sorted(store.exits_of(["book", "none"], 10)["at"]) == [20, 30]
