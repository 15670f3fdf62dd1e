"""Of several facts under one id in one topic and symbol the first appended is kept."""

import polars as pl

from tests.generators.chance import Chance
from untaken.streams.chain.facts import unique_ids


def facts(*rows: tuple[str, str, str, int, bytes]) -> pl.DataFrame:
    schema = {
        "symbol_key": pl.String(),
        "topic": pl.String(),
        "id": pl.String(),
        "appended_at": pl.Int64(),
        "payload": pl.Binary(),
    }
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def test_the_first_appended_is_kept_and_of_one_moment_the_least_bytes() -> None:
    rows = [
        ("BTC", "signals", "a", 3, b"late"),
        ("BTC", "signals", "a", 1, b"b"),
        ("BTC", "signals", "a", 1, b"a"),
    ]
    for seed in range(6):
        Chance(seed).shuffle(rows)

        assert unique_ids(facts(*rows))["payload"].to_list() == [b"a"]


def test_an_id_counts_in_its_topic_and_symbol() -> None:
    rows = facts(
        ("BTC", "signals", "a", 1, b""), ("ETH", "signals", "a", 1, b""), ("BTC", "decisions", "a", 1, b"")
    )

    assert unique_ids(rows).height == 3


def test_facts_without_copies_stay_in_their_order() -> None:
    rows = facts(("BTC", "signals", "b", 9, b""), ("BTC", "signals", "a", 1, b""))

    assert unique_ids(rows)["id"].to_list() == ["b", "a"]
