"""A sweep says of each scenario of its grid what a what-if of that scenario alone says of the same days."""

from typing import Any

import pytest

from tests.replay.whatif.changed_bots import gated_view_of_seed, view_of_seed
from untaken.projections.figures import Figures
from untaken.replay.whatif.answer import GROUP, Asked, what_if
from untaken.replay.whatif.counting import Tried
from untaken.replay.whatif.sweeps.answer import Question, sweep
from untaken.replay.whatif.sweeps.grid import Grid, grid_of
from untaken.schemas.times import instant, to_us
from untaken.streams.view import View, Window

Rules = dict[str, Any]

GRIDS: list[tuple[Rules, Rules]] = [
    ({}, {"min_confidence": "0:1:0.1"}),
    ({}, {"min_confidence": [0.2, 0.5, 0.6], "guards_off": [[], ["spread"], ["cooldown", "slots"]]}),
    ({"guards_off": ["slots"]}, {"thresholds": {"confidence": [0.3, 0.7]}, "take_profit_pct": [0, 0.6, 2]}),
    ({"min_confidence": 0.4}, {"stop_loss_pct": [0.4, 1], "trailing_stop_pct": [0, 0.5]}),
    ({}, {"strategy_weights": {"trend": [0, 0.5, 1]}, "max_hold_s": [1800, 7200]}),
    ({"size": 300}, {"fee_bps": [0, 5, 20], "slippage_bps": [0, 3]}),
    ({}, {"max_positions": "1:4:1"}),
    ({"max_per_symbol": 1}, {"min_confidence": [0.3, 0.8], "stop_loss_pct": [0.5]}),
    ({"capital": 3000, "base_capital": 1000}, {"max_positions": [1, 3], "guards_off": [[], ["spread"]]}),
]


def answered(view: View, grid: Grid, **more: Any) -> Figures:
    return sweep(view, Question(grid, **more), Tried())


def alone(view: View, grid: Grid, index: int, group: Figures, book: str) -> Figures:
    """Ask for one scenario by itself, over the open days of a group."""
    since, until = (to_us(instant(group["open"][end])) for end in ("since", "until"))
    asked = Asked(Window(since, until), books=(book,))
    (scenario,) = what_if(view, [grid.scenario(index)], asked)["scenarios"]
    found: list[Figures] = [
        one[book] for one in scenario["groups"] if all(one[name] == group[name] for name in GROUP)
    ]
    return found[0]


@pytest.mark.parametrize(("fixed", "axes"), GRIDS, ids=str)
def test_a_sweep_agrees_with_each_scenario_by_itself(fixed: Rules, axes: Rules) -> None:
    view, grid = gated_view_of_seed(1), grid_of(fixed, axes)
    answer = answered(view, grid)
    book = answer["sweep"]["book"]
    seen = 0
    for group in answer["groups"]:
        for index, said in enumerate(group["scenarios"]):
            one = alone(view, grid, index, group, book)
            side = one["scenario"]

            assert {name: said[name] for name in ("trades", "wins", "win_rate", "profit_factor", "pnl")} == {
                name: side[name] for name in ("trades", "wins", "win_rate", "profit_factor", "pnl")
            }
            assert said["difference"] == one["difference"]
            assert said["changed_signals"] == one["evidence"]["changed_signals"]
            seen += said["changed_signals"]
    assert seen > 0


@pytest.mark.parametrize("book", ["in_turn", "alone"])
def test_the_book_is_the_one_asked_for(book: str) -> None:
    view, grid = view_of_seed(2), grid_of({}, {"guards_off": [[], ["spread"], ["slots"]]})
    answer = answered(view, grid, book=book)

    for group in answer["groups"]:
        for index, said in enumerate(group["scenarios"]):
            assert said["pnl"] == alone(view, grid, index, group, book)["scenario"]["pnl"]


def test_the_difference_in_r_is_what_a_what_if_judges() -> None:
    view = gated_view_of_seed(2)
    grid = grid_of({}, {"stop_loss_pct": [0.4, 0.8], "min_confidence": [0.2, 0.5]})
    for group in answered(view, grid)["groups"]:
        for index, said in enumerate(group["scenarios"]):
            found = alone(view, grid, index, group, "in_turn")["evidence"]
            if found["judged_signals"]:
                mean = said["difference_milli_r"] / found["judged_signals"]

                assert found["mean_milli_r"] == pytest.approx(mean)


def test_rules_that_change_nothing_leave_the_base_to_the_last_unit() -> None:
    view = gated_view_of_seed(1)
    for group in answered(view, grid_of({}, {"guards_off": [[]], "min_confidence": [0.5]}))["groups"]:
        (same,) = group["scenarios"]

        assert (same["difference"], same["changed_signals"], same["why"]) == (0, 0, "no_change")
        assert same["pnl"] == group["base"]["pnl"]
