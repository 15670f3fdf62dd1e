"""The same trade entered later: at the last price that came in between, on the same terms, as prices allow."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.reference.moments import text_of
from tests.streams.chain.engines import Record, computed, differences
from tests.streams.chain.records import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    bar,
    exit_signal,
    fill,
    quote,
    record,
    signal,
    tick,
    trade,
)
from untaken.projections.ledger import DELAYS_S
from untaken.streams.chain.chain import Chain

Prices = Sequence[float]

FREE = record(
    "settings.changed",
    "free",
    NOON - DAY,
    settings={"shadow.fee_bps": 0, "shadow.slippage_bps": 0, "prices.use_quotes": ["QUO/USD"]},
    digest="-",
)


def minutes(closes: Prices, since: int = NOON, symbol: str = "BTC/USD") -> list[Record]:
    """Return minute bars that move from one close straight to the next."""
    found = []
    for place, (before, close) in enumerate(zip([100.0, *closes], closes, strict=False), start=1):
        at = since + place * MINUTE
        prices: dict[str, Any] = {
            "open": before,
            "high": max(before, close),
            "low": min(before, close),
            "close": close,
        }
        found.append(
            bar(at, **{**prices, "symbol": symbol, "interval": "1m", "open_at": text_of(at - MINUTE)})
        )
    return found


def row(chain: Chain, signal_id: str = "s1") -> dict[str, Any]:
    return chain.stores.rows.load_all("ledger").filter(signal_id=signal_id).to_dicts()[0]


def later(chain: Chain) -> dict[int, int | None]:
    """Return the known late returns by delay."""
    found = row(chain)["later_ppm"]
    return (
        {} if found is None else {s: ppm for s, ppm in zip(DELAYS_S, found, strict=True) if ppm is not None}
    )


def test_a_late_entry_pays_the_last_close_before_it() -> None:
    chain = computed([FREE, signal(max_hold_s=1800), *minutes([101.0, 102.0, *[103.0] * 60])])

    assert row(chain)["return_ppm"] == 30_000
    assert later(chain) == {60: 19_802, 300: 0, 900: 0}


def test_delays_below_the_interval_of_the_prices_tell_nothing() -> None:
    fives = [bar(NOON + n * 5 * MINUTE, 100.0 + n) for n in range(1, 4)] + [
        bar(NOON + n * 5 * MINUTE, 103.0) for n in range(4, 40)
    ]
    chain = computed([FREE, signal(max_hold_s=1800, take_profit_pct=50), *fives])

    assert list(later(chain)) == [300, 900, 3600]
    assert later(chain)[300] == round(1e6 * (103 / 101 - 1))


def test_quotes_tell_of_every_delay_by_the_middle_of_bid_and_ask() -> None:
    quotes = [quote(n, NOON + n * SECOND, 100.0 + n, 100.2 + n, symbol="QUO/USD") for n in range(1, 3)]
    rest = [quote(n, NOON + n * MINUTE, 102.0, 102.2, symbol="QUO/USD") for n in range(3, 200)]
    chain = computed([FREE, signal(symbol="QUO/USD", max_hold_s=60, take_profit_pct=50), *quotes, *rest])

    assert later(chain)[1] == round(1e6 * (102.0 / 101.1 - 1))
    assert later(chain)[5] == round(1e6 * (102.0 / 102.1 - 1))
    assert len(later(chain)) == len(DELAYS_S)


def test_a_price_from_before_the_entry_is_none_that_a_late_entry_could_pay() -> None:
    weekend = [*minutes([100.0] * 30, NOON - 30 * MINUTE), *minutes([101.0] * 400, NOON + 2 * HOUR)]
    chain = computed([FREE, signal(max_hold_s=3 * 3600), *weekend])

    assert row(chain)["exit_reason"] == "time"
    assert later(chain) == {}


def test_the_spread_that_the_decision_saw_is_paid_later_too() -> None:
    seen = {"price": 100.0, "bid": 99.0, "ask": 101.0}
    said: dict[str, Any] = {
        "signal_id": "s1",
        "symbol": "BTC/USD",
        "guard": "g",
        "verdict": "approved",
        "snapshot": seen,
    }
    decision = record("decision.made", "d1", NOON, **said)
    chain = computed([FREE, signal(max_hold_s=1800), decision, *minutes([100.0] * 200)])

    assert row(chain)["return_ppm"] == round(1e6 * (100 / 101 - 1))
    assert set(later(chain).values()) == {round(1e6 * (100 / 101 - 1))}


def test_an_exit_signal_ends_only_the_entries_before_it() -> None:
    closes = [101.0] * 10 + [105.0] * 100
    facts = [FREE, signal(max_hold_s=3600, take_profit_pct=50), *minutes(closes)]
    chain = computed([*facts, exit_signal(at=NOON + 5 * MINUTE)])

    assert (row(chain)["exit_reason"], row(chain)["return_ppm"]) == ("signal", 10_000)
    assert later(chain)[60] == 0
    assert later(chain)[300] == round(1e6 * (105 / 101 - 1))


def test_nothing_is_said_of_later_entries_while_the_trade_itself_is_open() -> None:
    chain = computed([FREE, signal(), *minutes([100.0] * 200)])

    assert row(chain)["exit_reason"] is None
    assert row(chain)["later_ppm"] is None


def test_late_entries_become_known_one_after_the_other() -> None:
    facts = [FREE, signal(max_hold_s=600), *minutes([101.0] * 200)]
    known = [set(later(computed(facts[:count], [2, count - 1]))) for count in (12, 13, 16, 17, 27, 72)]

    assert known == [set(), {60}, {60}, {60, 300}, {60, 300, 900}, {60, 300, 900, 3600}]


@pytest.mark.parametrize("passed", [71 * MINUTE, 7 * DAY])
def test_the_clock_alone_ends_a_late_entry(passed: int) -> None:
    facts = [FREE, signal(max_hold_s=600), *minutes([101.0] * 65)]
    waiting, done = computed(facts), computed([*facts, tick(NOON + passed)], [len(facts)])

    assert 3600 not in later(waiting)
    assert later(done)[3600] == 0
    assert differences(done, computed([*facts, tick(NOON + passed)])) == {}


def test_a_late_price_for_a_late_entry_corrects_the_row() -> None:
    facts = [FREE, signal(max_hold_s=600), *minutes([101.0] * 200)]
    repair = bar(
        NOON + HOUR, 99.0, interval="1m", open_at=text_of(NOON + 59 * MINUTE), event_id="repair", revision=1
    )
    before, after = computed(facts), computed([*facts, repair], [len(facts)])

    assert (later(before)[3600], later(after)[3600]) == (0, round(1e6 * (101 / 99 - 1)))
    assert differences(after, computed([*facts, repair])) == {}


def test_a_signal_without_prices_has_no_late_entries_and_is_given_up() -> None:
    chain = computed([FREE, signal(max_hold_s=600), tick(NOON + 8 * DAY)])

    assert row(chain)["exit_reason"] == "no_data"
    assert row(chain)["later_ppm"] is None


def test_a_row_says_what_price_its_decision_saw_however_late() -> None:
    said: dict[str, Any] = {"signal_id": "s1", "symbol": "BTC/USD", "guard": "g", "verdict": "approved"}
    decision = record("decision.made", "d1", NOON + HOUR, **said, snapshot={"price": 101.5})
    alone, decided = computed([signal()]), computed([signal(), decision])

    assert row(alone)["decision_price"] == 100.0
    assert (row(decided)["decision_price"], row(decided)["base_price"]) == (101.5, 100.0)


def test_a_row_says_what_its_fills_paid_on_average_over_all_its_trades() -> None:
    first = [fill(1, price=100.1, qty=6.0, signal_id="s1"), fill(2, price=100.15, qty=4.0, signal_id="s1")]
    second = trade(2, entry_price=101.12, qty=10.0, signal_id="s1")

    assert row(computed([signal()]))["fill_price"] is None
    assert row(computed([signal(), *first]))["fill_price"] == 100.12
    assert row(computed([signal(), *first, second]))["fill_price"] == 100.62


def test_a_trade_carries_components_and_tags_of_its_signal_and_of_nothing_else() -> None:
    told = signal(components={"trend": 0.7, "rsi": -0.2}, tags=["news"])
    chain = computed([told, trade(1, signal_id="s1"), trade(2)])
    trades = {found["trade_id"]: found for found in chain.stores.rows.load_all("trades").to_dicts()}

    assert (trades["t1"]["components"], trades["t1"]["tags"]) == ('{"trend":0.7,"rsi":-0.2}', ["news"])
    assert (trades["t2"]["components"], trades["t2"]["tags"]) == (None, None)
