"""A strategy whose edge decays, planted, beside one whose edge stays and one without any."""

import pytest

from tests.generators.planted import RISK, SECOND_US, Bot, Case, Guard, Strategy, cases, late
from tests.properties.planted.reports import Report, named, reported
from untaken.projections.ledger import DELAYS_S

EDGE_R = 0.4
FAST = late("fast", edge_r=EDGE_R, half_life_s=300)
STAYS = late("stays", edge_r=EDGE_R)
NOTHING = late("nothing")
BOT = Bot("bot", (FAST, STAYS, NOTHING), (Guard(share=0.1),))


def decay(strategy: Strategy) -> Report:
    return named(reported(BOT)["bot"]["signal_decay"]["strategies"], strategy=strategy.name)


def test_the_planted_half_life_is_within_its_interval() -> None:
    low, high = decay(FAST)["half_life_interval_s"]

    assert decay(FAST)["half_life"] == "identified"
    assert low < 300 < high < 2 * low


@pytest.mark.parametrize(("strategy", "reasons"), [(STAYS, {"fit", "interval"}), (NOTHING, {"no_edge"})])
def test_an_edge_that_stays_and_no_edge_at_all_have_no_half_life(
    strategy: Strategy, reasons: set[str]
) -> None:
    assert decay(strategy)["half_life"] == "not identified"
    assert decay(strategy)["half_life_reason"] in reasons


@pytest.mark.parametrize("strategy", [FAST, STAYS, NOTHING])
def test_what_is_lost_by_each_delay_is_what_was_planted(strategy: Strategy) -> None:
    """Paired differences are within 0.08 R: the way there is random, the edge itself cancels out."""
    lost = decay(strategy)["paired_difference_ppm"]

    for delay in DELAYS_S:
        left = 2 ** (-delay / strategy.half_life_s) if strategy.half_life_s else 1.0
        planted = -strategy.edge_r * (1 - left) * RISK * 1e6

        assert lost[str(delay)] == pytest.approx(planted, abs=0.08 * RISK * 1e6), delay


@pytest.mark.parametrize("strategy", [FAST, STAYS, NOTHING])
def test_the_edge_at_each_delay_is_the_mean_of_the_very_trades_that_were_planted(strategy: Strategy) -> None:
    told = [case for case in cases(BOT) if case.strategy == strategy]
    edge = decay(strategy)["edge_ppm"]

    for delay in DELAYS_S:
        planted = sum(entered_late(case, delay) for case in told) / len(told)

        assert edge[str(delay)] == pytest.approx(planted, abs=1), delay


def entered_late(case: Case, delay: int) -> float:
    """Return what a trade comes to in ppm, entered at the price of that moment with a stop of its own."""
    gone = dict(case.gone_r)[delay * SECOND_US]
    returned = case.price(case.result_r) / case.price(gone) - 1
    return 1e6 * max(returned if case.long else -returned, -RISK)
