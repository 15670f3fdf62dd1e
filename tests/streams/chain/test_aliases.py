"""Names of symbols: every run's own, applied once, with the reported name kept."""

import orjson
import polars as pl
import pytest

from tests.streams.chain.engines import Record, computed, differences
from tests.streams.chain.records import HOUR, MINUTE, NOON, bars, declared, exit_signal, fill, signal
from untaken.streams.chain.aliases import aliased, names_of, other_names

ALIASES = pl.DataFrame(
    [("demo", "r1", "XBT", "BTC/USD"), ("demo", "r2", "XBT", "BTC/EUR"), ("demo", "r1", 'a"\\b', "A")],
    schema=["bot", "run", "symbol", "named"],
    orient="row",
)


def facts(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    """Build facts of bot demo as (run, symbol, meta)."""
    schema = {"bot": pl.String(), "run": pl.String(), "symbol": pl.String(), "meta": pl.String()}
    return pl.DataFrame([("demo", *row) for row in rows], schema=schema, orient="row")


@pytest.mark.parametrize(
    ("run", "symbol", "meta", "named", "kept"),
    [
        ("r1", "XBT", None, "BTC/USD", {"reported_symbol": "XBT"}),
        ("r2", "XBT", "{}", "BTC/EUR", {"reported_symbol": "XBT"}),
        ("r1", "XBT", '{"a":1}', "BTC/USD", {"a": 1, "reported_symbol": "XBT"}),
        ("r1", 'a"\\b', '{"a":{}}', "A", {"a": {}, "reported_symbol": 'a"\\b'}),
        ("r3", "XBT", '{"a":1}', "XBT", {"a": 1}),
        ("r1", "ETH", None, "ETH", None),
    ],
)
def test_a_name_is_replaced_and_kept(
    run: str, symbol: str, meta: str | None, named: str, kept: object
) -> None:
    found = aliased(facts((run, symbol, meta)), ALIASES).to_dicts()[0]

    assert found["symbol"] == named
    assert (None if found["meta"] is None else orjson.loads(found["meta"])) == kept


def test_all_names_of_a_symbol_are_known() -> None:
    assert names_of("BTC/USD", ALIASES) == ["BTC/USD", "XBT"]
    assert names_of("ETH", ALIASES) == ["ETH"]


def test_every_name_of_a_symbol_has_its_other_names() -> None:
    more = pl.concat(
        [ALIASES, pl.DataFrame([("demo", "r3", "XXBT", "BTC/USD")], ALIASES.schema, orient="row")]
    )
    found = other_names(more).filter(pl.col("symbol").is_in(["XBT", "BTC/EUR"])).sort(pl.all()).rows()

    assert found == [("BTC/EUR", "XBT"), ("XBT", "BTC/EUR"), ("XBT", "BTC/USD"), ("XBT", "XXBT")]


@pytest.mark.parametrize(
    "rival",
    [fill(signal_id="s2"), fill(signal_id="s2", trade_id="t2")],
    ids=["of another signal", "of another trade"],
)
def test_an_id_counts_once_under_all_names_of_a_symbol_in_any_batches(rival: Record) -> None:
    base = [declared(symbols={"XBT": "BTC/USD"}), signal(1), signal(2, NOON + HOUR), *bars(30)]
    later = fill(signal_id="s1", symbol="XBT", appended_at=NOON + 2 * HOUR)
    expected = computed([*base, rival], edge=False)

    for order in ([rival, later], [later, rival]):
        at_once = computed([*base, *order], edge=False)
        one_by_one = computed([*base, *order], [len(base), len(base) + 1], edge=False)

        assert differences(at_once, expected) == {}
        assert differences(one_by_one, expected) == {}


@pytest.mark.parametrize(
    "rival",
    [exit_signal(at=NOON + HOUR), exit_signal(at=NOON + HOUR, strategy="drift")],
    ids=["at another time", "of another book"],
)
def test_an_exit_signal_counts_once_under_all_names_of_a_symbol_in_any_batches(rival: Record) -> None:
    signals = [signal(1), signal(2, strategy="drift")]
    base = [declared(symbols={"XBT": "BTC/USD"}), *signals, *bars(60)]
    later = exit_signal(at=NOON + MINUTE, symbol="XBT", appended_at=NOON + 4 * HOUR)
    expected = computed([*base, rival], edge=False)

    for order in ([rival, later], [later, rival]):
        at_once = computed([*base, *order], edge=False)
        one_by_one = computed([*base, *order], [len(base), len(base) + 1], edge=False)

        assert differences(at_once, expected) == {}
        assert differences(one_by_one, expected) == {}


@pytest.mark.parametrize("edge", [True, False], ids=["through the edge", "as reported"])
@pytest.mark.parametrize("place", [0, 1, 2, 5, 60])
def test_an_alias_holds_for_everything_wherever_in_the_log_it_is_declared(place: int, *, edge: bool) -> None:
    told = [
        signal(1, symbol="XBT"),
        signal(2, NOON + 3 * HOUR, symbol="XBT"),
        exit_signal(at=NOON + 2 * HOUR, symbol="XBT"),
        fill(symbol="XBT", signal_id="s1", at=NOON + MINUTE),
        *bars(60),
    ]
    meant = [
        {**one, "event": {**one["event"], "symbol": "BTC/USD", "meta": {"reported_symbol": "XBT"}}}
        if one["event"].get("symbol") == "XBT"
        else one
        for one in told
    ]
    told.insert(place, declared(symbols={"XBT": "BTC/USD"}))
    whole = computed([declared(symbols={"XBT": "BTC/USD"}), *meant], edge=False)

    assert differences(computed(told, [place, place + 1], edge=edge), whole) == {}
    assert whole.stores.rows.load_all("ledger")["exit_reason"].to_list()[0] == "signal"
