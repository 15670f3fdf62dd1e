"""What a report says first: what saved, what cost, what to look at next."""

from decimal import Decimal

from tests.web import generated, samples
from untaken.web.reports.findings import MOST, Findings, find, guards_of, is_empty, money_of, story


def findings(group: samples.Document, **health: object) -> Findings:
    return find(group, samples.health(**health))


def test_guards_add_up_to_the_net_saved() -> None:
    group = samples.group()
    found = findings(group)

    assert found.avoided_loss is not None
    assert found.missed_profit is not None
    assert found.net_saved == found.avoided_loss - found.missed_profit


def test_the_worst_cost_comes_last_among_savings_and_first_among_costs() -> None:
    found = findings(samples.group())

    assert found.saved[0].guard == "volatility ceiling"
    assert [amount.guard for amount in found.cost] == ["minimum confidence", "session hours"]


def test_portfolio_guards_stand_after_all_others() -> None:
    group = samples.group()

    assert [guard["bucket"] for guard in guards_of(group)] == ["guard"] * 4 + ["portfolio"]


def test_a_portfolio_guard_neither_saved_nor_cost_it_had_no_room() -> None:
    found = findings(samples.group())

    assert [amount.guard for amount in found.no_room] == ["one position per symbol"]
    assert "one position per symbol" not in {amount.guard for amount in (*found.saved, *found.cost)}


def test_a_guard_without_money_is_neither_a_saving_nor_a_cost() -> None:
    unknown = samples.guard("fx") | {"avoided_loss": None, "missed_profit": None, "net_saved": None}
    found = findings(samples.group([unknown]))

    assert (found.net_saved, found.saved, found.cost) == (None, [], [])
    assert "No blocked signal has a result" in story(found, money_of(samples.group([unknown])), guards=True)


def test_money_keeps_the_digits_that_the_document_has() -> None:
    tiny = samples.guard() | {
        "avoided_loss": Decimal("0.00012345"),
        "missed_profit": Decimal("0.00002345"),
        "net_saved": Decimal("0.0001"),
    }
    group = samples.group([tiny], days=0)
    for book in ("in_turn", "alone", "real"):
        group["shadow_performance"][book]["pnl"] = Decimal(0)

    assert findings(group).saved[0].amount == "+0.0001000"


def test_what_is_wrong_with_the_data_comes_before_what_is_wrong_with_a_guard() -> None:
    missing = {"symbol": "XBTUSD", "signals": 31, "most_similar": ["BTC/USD"]}
    found = findings(samples.group(), symbols_without_prices=[missing], dead_letters={"invalid": 1})

    assert (
        found.next[0]
        == "XBTUSD has no prices, 31 signals cannot be judged; prices exist for BTC/USD: declare an alias."
    )
    assert found.next[1].startswith("1 event of this log was refused")
    assert found.next[2].startswith("minimum confidence kept out")


def test_a_shadow_that_disagrees_with_the_real_trades_is_named() -> None:
    group = samples.group()
    group["shadow_performance"]["measured_error"] |= {"n": 50, "sign_disagreements": 10}

    assert any("disagree in sign in 20 % of 50 trades" in text for text in findings(group).next)


def test_blocks_of_incomplete_chains_are_counted() -> None:
    guards = [samples.guard() | {"unknown_beyond_first": 3}, samples.guard("b") | {"unknown_beyond_first": 4}]

    assert any(
        text.startswith("In 7 blocks the later guards were not asked")
        for text in findings(samples.group(guards)).next
    )


def test_the_list_of_what_is_next_stays_short() -> None:
    guards = [samples.guard(f"guard {number}") for number in range(20)]

    assert len(findings(samples.group(guards)).next) == MOST


def test_a_settled_guard_needs_no_more_days() -> None:
    settled = samples.guard(verdict="saves", edge_milli_r=300)

    assert findings(samples.group([settled])).next == []


def test_an_empty_window_has_no_zeros_and_says_that_it_is_empty() -> None:
    idle = samples.guard("spread", days=0, verdict="costs")
    group = samples.group([idle], days=0)
    group["shadow_performance"] |= {
        "signals": 0,
        "real": {"trades_closed": 0, "trades_open": 0, "pnl": samples.money(0)},
    }
    found = find(group, samples.health())

    assert is_empty(group)
    assert (found.net_saved, found.avoided_loss, found.saved, found.cost) == (None, None, [], [])
    assert found.next == ["spread costs money, though it blocked nothing in this window: loosen it."]
    assert "verdicts stand on all closed days" in story(found, money_of(group), guards=True, empty=True)


def test_what_missed_opportunities_and_calibration_say_is_to_be_looked_at() -> None:
    made = generated.group(generated.bot(days=120))
    found = find(made, samples.health()).next

    assert any(text.startswith("Lower min_confidence from 0.25 to 0.23: ") for text in found)
    assert any("do not size by their confidence" in text for text in found)


def test_a_young_bot_is_told_nothing_about_its_confidence() -> None:
    made = generated.group(generated.bot(days=5))

    assert not any("do not size" in text for text in find(made, samples.health()).next)
