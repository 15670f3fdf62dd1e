"""Guards that save and guards that cost, planted: verdicts, missed opportunities, suggestions."""

from decimal import Decimal

import pytest

from tests.generators.planted import RISK, Bot, Guard, Strategy, cases
from tests.generators.telling import SIZE
from tests.properties.planted.reports import Report, named, reported

STRATEGIES = (Strategy("one", signals_per_day=7), Strategy("two", signals_per_day=7))
SAVER, SPENDER, COIN = Guard("saver"), Guard("spender", "max_positions"), Guard("coin", "cooldown")

NOTHING = Bot("nothing", STRATEGIES, (SAVER, SPENDER, COIN))
PLANTED = Bot(
    "planted",
    STRATEGIES,
    (Guard("saver", saves_r=0.4), Guard("spender", "max_positions", saves_r=-0.4), COIN),
)


def report(bot: Bot) -> Report:
    return reported(PLANTED, NOTHING)[bot.name]


@pytest.mark.parametrize(
    ("bot", "verdicts"),
    [
        (PLANTED, {"saver": "saves", "spender": "costs", "coin": "inconclusive"}),
        (NOTHING, {"saver": "inconclusive", "spender": "inconclusive", "coin": "inconclusive"}),
    ],
)
def test_the_verdict_is_what_was_planted_and_none_where_nothing_was(
    bot: Bot, verdicts: dict[str, str]
) -> None:
    guards = report(bot)["guard_effectiveness"]["guards"]

    assert {guard["guard"]: guard["verdict"] for guard in guards} == verdicts


@pytest.mark.parametrize("bot", [PLANTED, NOTHING])
def test_the_interval_of_every_guard_holds_what_was_planted(bot: Bot) -> None:
    for guard in bot.guards:
        low, high = named(report(bot)["guard_effectiveness"]["guards"], guard=guard.name)["interval_milli_r"]

        assert low < guard.saves_r * 1000 < high


def test_every_planted_block_is_in_the_sum_to_the_last_cent() -> None:
    guard = named(report(PLANTED)["guard_effectiveness"]["guards"], guard="spender")
    blocked = [case for case in cases(PLANTED) if case.blocked_by and case.blocked_by.name == "spender"]
    cost = sum(case.result_r for case in blocked) * RISK * SIZE

    assert guard["blocked"] == guard["counted"] == len(blocked)
    assert float(-guard["net_saved"]) == pytest.approx(cost, abs=0.001)


@pytest.mark.parametrize(
    ("bot", "clearly"),
    [
        (PLANTED, {"risk_limit": "avoided_loss", "max_positions": "missed_profit", "cooldown": None}),
        (NOTHING, {"risk_limit": None, "max_positions": None, "cooldown": None}),
    ],
)
def test_a_reason_is_clearly_missed_profit_only_where_that_was_planted(
    bot: Bot, clearly: dict[str, str | None]
) -> None:
    reasons = report(bot)["missed_opportunity"]["reason_codes"]
    judged = {each["reason_code"]: each["evidence"]["clearly"] for each in reasons if each["evidence"]}

    assert judged == clearly


def test_what_costs_is_suggested_to_be_moved_with_its_money_and_nothing_is_where_nothing_costs() -> None:
    suggested = [(each["kind"], each["name"], each["direction"]) for each in report(PLANTED)["suggestions"]]

    assert sorted(suggested) == [("guard", "spender", "off"), ("knob", "max_positions", "raise")]
    assert all(each["at_stake"] > Decimal(1000) for each in report(PLANTED)["suggestions"])
    assert report(NOTHING)["suggestions"] == []
