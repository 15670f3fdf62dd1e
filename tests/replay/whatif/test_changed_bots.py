"""A scenario applied to a log is what the changed bot would have written."""

from typing import Any

import pytest

from tests.generators.world import GUARDS
from tests.replay.whatif.changed_bots import (
    CODE,
    THRESHOLD,
    asked,
    edited,
    gated_at,
    gated_view_of_seed,
    log_of,
    never_executed,
    rows_of,
    sides,
    switched_off,
    view_of,
    view_of_seed,
    with_exits,
)
from untaken.projections.ledger import OUTCOME
from untaken.replay.whatif.execution import executed
from untaken.replay.whatif.scenario import Scenario
from untaken.replay.whatif.weighing import weights

SEEDS = (1, 2)
STATELESS = [guard for guard, kind in GUARDS.items() if kind != "portfolio"]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("guard", STATELESS)
def test_a_guard_off_is_the_log_of_a_bot_without_it(seed: int, guard: str) -> None:
    records = log_of(seed)
    scenario = asked(view_of_seed(seed), Scenario(guards_off=(guard,)))
    changed = asked(view_of(edited(records, switched_off(guard))))

    assert sides(scenario, "scenario") == sides(changed, "base")
    assert sum(group["released"] for group in scenario) > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_all_guards_off_are_the_log_of_a_bot_without_any(seed: int) -> None:
    records = log_of(seed)
    scenario = asked(view_of_seed(seed), Scenario(guards_off=tuple(GUARDS)))
    changed = asked(view_of(edited(records, *(switched_off(guard) for guard in GUARDS))))

    assert sides(scenario, "scenario") == sides(changed, "base")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.8])
def test_a_moved_threshold_is_the_log_of_a_bot_that_had_it(seed: int, threshold: float) -> None:
    scenario = asked(gated_view_of_seed(seed), Scenario(thresholds={CODE: threshold}))
    changed = asked(view_of(edited(never_executed(log_of(seed)), gated_at(threshold))))
    moved = sum(group["released"] + group["removed"] for group in scenario)

    assert sides(scenario, "scenario") == sides(changed, "base")
    assert (moved > 0) == (threshold != THRESHOLD)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_guard_off_and_a_moved_threshold_together(seed: int) -> None:
    scenario = asked(gated_view_of_seed(seed), Scenario(guards_off=("spread",), thresholds={CODE: 0.7}))
    records = never_executed(log_of(seed))
    changed = asked(view_of(edited(records, gated_at(0.7), switched_off("spread"))))

    assert sides(scenario, "scenario") == sides(changed, "base")


EXITS: list[dict[str, Any]] = [
    {"take_profit_pct": 0.8},
    {"stop_loss_pct": 0.5},
    {"stop_loss_pct": 0},
    {"trailing_stop_pct": 0.4, "take_profit_pct": 0},
    {"max_hold_s": 1800},
    {"size": 333.33},
    {"take_profit_pct": 1.2, "stop_loss_pct": 0.6, "max_hold_s": 7200.5, "size": 5000},
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("exits", EXITS, ids=str)
def test_changed_exits_are_the_log_of_a_bot_with_these_exits(seed: int, exits: dict[str, Any]) -> None:
    records = log_of(seed)
    view, scenario = view_of_seed(seed), Scenario(**exits)
    rows = view.ledger()
    ours = executed(rows, weights(rows, scenario), scenario, view)
    theirs = view_of(edited(records, with_exits(**exits))).ledger()

    assert rows_of(ours, [*OUTCOME, "overlapped"]) == rows_of(theirs, [*OUTCOME, "overlapped"])
    assert rows_of(ours, ["pnl_e8"]) != rows_of(rows, ["pnl_e8"])


@pytest.mark.parametrize("seed", SEEDS)
def test_changed_costs_are_the_log_under_these_settings(seed: int) -> None:
    records = log_of(seed)
    view, scenario = view_of_seed(seed), Scenario(fee_bps=11, slippage_bps=0.5)
    rows = view.ledger()
    ours = executed(rows, weights(rows, scenario), scenario, view)
    settings = {"shadow.fee_bps": 11, "shadow.slippage_bps": 0.5}
    theirs = view_of(records, settings).ledger()

    assert rows_of(ours, [*OUTCOME, "overlapped"]) == rows_of(theirs, [*OUTCOME, "overlapped"])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_strategy_of_half_weight_is_one_of_half_the_size(seed: int) -> None:
    records = edited(log_of(seed), with_exits(size=1000.0))
    scenario = Scenario(strategy_weights={"trend": 0.5})
    halved = [
        record if record["event"].get("strategy") != "trend" else edited([record], with_exits(size=500.0))[0]
        for record in records
    ]

    assert sides(asked(view_of(records), scenario), "scenario") == sides(asked(view_of(halved)), "base")
