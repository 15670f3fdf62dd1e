"""What is said of the winner of a sweep: walking forward, on the locked days, and of weights."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from tests.projections.simulated_bots import GUARD, clock, entries, plan, settings
from untaken.projections.figures import Figures
from untaken.replay.whatif.counting import OUT_OF_SAMPLE, Tried, count_grid, count_look, tried
from untaken.replay.whatif.scenario import Scenario
from untaken.replay.whatif.sweeps.answer import Question, sweep
from untaken.replay.whatif.sweeps.grid import Grid, grid_of
from untaken.replay.whatif.sweeps.optimising import optimised
from untaken.replay.whatif.sweeps.patience import Patience, SweepTooLong
from untaken.streams.engine import Engine
from untaken.streams.logs.base import Log
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State
from untaken.streams.view import View

DAYS = 220
SEED = 11
OFF = grid_of({}, {"guards_off": [[], [GUARD]]})
NOTHING_TRIED = Tried()
NOW = 1_700_000_000_000_000


@cache
def log_of(effect_milli_r: int) -> tuple[Log, View]:
    """Return the log of a bot whose guard saves so much a block, and what an engine makes of it."""
    log = open_log("memory://")
    planted = plan(bots=1, days=DAYS, seed=SEED, effect_milli_r=effect_milli_r)
    log.append([settings(), *(entry for each in planted for entry in entries(each)), clock(DAYS)])
    engine = Engine(log, State(None))
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    return log, View(engine.chain.state)


def answered(effect_milli_r: int, grid: Grid = OFF, before: Tried = NOTHING_TRIED, **more: Any) -> Figures:
    (group,) = sweep(log_of(effect_milli_r)[1], Question(grid, **more), before)["groups"]
    return dict(group)


def unlocked(effect_milli_r: int, before: Tried = NOTHING_TRIED) -> tuple[Figures, list[tuple[str, int]]]:
    looks: list[tuple[str, int]] = []
    group = answered(
        effect_milli_r, before=before, unlock=lambda scenario, look: looks.append((scenario.title, look))
    )
    return dict(group["out_of_sample"]), looks


def test_a_guard_that_costs_is_found_on_the_open_days_and_on_the_locked_ones() -> None:
    group = answered(-450)
    locked, looks = unlocked(-450)

    assert (group["best"], group["superior"]) == (1, [1])
    assert group["walk_forward"]["evidence"]["finding"] == "better"
    assert locked["evidence"]["finding"] == "better"
    assert looks == [(f"no_{GUARD}", 1)]


def test_a_guard_that_saves_is_not_switched_off() -> None:
    group = answered(450)

    assert (group["best"], group["plateau"], group["superior"]) == (None, None, [])
    assert [fold["chosen"] for fold in group["walk_forward"]["folds"]] == [None] * 5
    assert group["walk_forward"]["difference"] == 0
    assert unlocked(450) == ({"why": "no_winner"}, [])


def test_the_locked_days_are_not_looked_at_until_it_is_asked_for() -> None:
    group = answered(-450)
    early = group["open"]["until"]

    assert group["out_of_sample"] is None
    assert group["open"]["clusters"] + group["locked"]["clusters"] + 1 == DAYS
    assert all(fold["until"] <= early for fold in group["walk_forward"]["folds"])
    assert group["locked"]["since"] > early


def test_figures_of_the_open_days_do_not_depend_on_what_came_later() -> None:
    planted = plan(bots=1, days=DAYS, seed=SEED, effect_milli_r=-450)
    open_days = answered(-450)["open"]["clusters"]
    last = {each.day: each for each in planted}[DAYS - 1]
    other = open_log("memory://")
    kept = [each for each in planted if each.day < open_days] + [last]
    other.append([settings(), *(entry for each in kept for entry in entries(each)), clock(DAYS)])
    engine = Engine(other, State(None))
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    (cut,) = sweep(View(engine.chain.state), Question(OFF), NOTHING_TRIED)["groups"]
    whole = answered(-450)

    assert cut["signals"] < whole["signals"]
    assert {name: cut[name] for name in OF_OPEN_DAYS} == {name: whole[name] for name in OF_OPEN_DAYS}


OF_OPEN_DAYS = ("open", "base", "scenarios", "best", "superior", "diagnostics", "walk_forward")


def test_every_further_scenario_that_looks_at_the_locked_days_needs_more() -> None:
    again = Tried(looks=("a", "b", Scenario(guards_off=(GUARD,)).digest))
    other = Tried(looks=("a", "b", "c"))

    assert unlocked(-450, again)[1] == [(f"no_{GUARD}", 3)]
    assert unlocked(-450, other)[0]["look"] == 4
    assert unlocked(-450, other)[0]["evidence"]["e_needed"] == pytest.approx(16 * 3.14159265**2 / 6 / 0.05)


def test_what_was_tried_before_deflates_the_winner() -> None:
    fresh, late = (answered(-450, before=Tried(tried))["diagnostics"] for tried in (0, 5_000))

    assert late["trials"] == fresh["trials"] + 5_000
    assert late["deflated_sharpe"] <= fresh["deflated_sharpe"]


def test_grids_and_looks_are_counted_on_the_log() -> None:
    log = MemoryLog(clock=lambda: NOW)
    engine = Engine(log, State(None))
    count_grid(log, {"fixed": {}}, "grid", 300, now_us=NOW)
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    count_grid(log, {"fixed": {}}, "grid", 40, now_us=NOW + 1)
    for scenario in (Scenario(size=1), Scenario(size=2), Scenario(size=1)):
        count_look(log, scenario, 1, now_us=NOW + 2)
    found = tried(View(engine.chain.state), log)

    assert found == Tried(340, (Scenario(size=1).digest, Scenario(size=2).digest))
    assert found.look(Scenario(size=2).digest) == 2
    assert found.look("new") == 3
    assert OUT_OF_SAMPLE == "out_of_sample"


def test_a_grid_that_takes_too_long_is_said_to_after_its_first_executions() -> None:
    patience = Patience(60.0)
    patience.demand(0, 1_000, 0.0, "1,000 scenarios")
    patience.demand(1, 1_000, 0.05, "1,000 scenarios")

    with pytest.raises(
        SweepTooLong, match=r"1,000 scenarios needs 1,000 executions .* about 17 minutes .* --yes"
    ):
        patience.demand(2, 1_000, 2.0, "1,000 scenarios")
    Patience(None).demand(2, 1_000, 2.0, "1,000 scenarios")


def test_weights_of_one_strategy_are_nothing_to_look_for() -> None:
    answer = optimised(log_of(-450)[1], Question(Grid({}, ())), "strategies", NOTHING_TRIED)
    (group,) = answer["groups"]

    assert group["weights"] is None
    assert group["walk_forward"] == {"why": "nothing_to_weigh"}
    assert answer["computed"] == 0


def weighed(strategies: Sequence[str], edge_milli_r: int) -> Figures:
    """Return weights for a bot of which one strategy, the first, makes so much more a signal."""
    log = open_log("memory://")
    planted = plan(bots=1, days=DAYS, seed=4)
    written = [settings(), clock(DAYS)]
    for number, each in enumerate(planted):
        name = strategies[number % len(strategies)]
        better = type(each)(**{**vars(each), "milli_r": each.milli_r + (edge_milli_r if name == "a" else 0)})
        written += [
            entry._replace(value=entry.value.replace(b'"swing"', f'"{name}"'.encode()))
            for entry in entries(better)
        ]
    log.append(written)
    engine = Engine(log, State(None))
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    (group,) = optimised(View(engine.chain.state), Question(Grid({}, ())), "strategies", NOTHING_TRIED)[
        "groups"
    ]
    return dict(group)


def test_a_strategy_with_an_edge_gets_the_weight_and_it_shows_afterwards() -> None:
    group = weighed(["a", "b"], 500)
    forward = group["walk_forward"]

    assert group["weights"]["a"] > 1 > group["weights"]["b"]
    assert forward["difference"] > 0
    assert forward["evidence"]["finding"] in {"better", "inconclusive"}
    assert all(fold["weights"]["a"] > fold["weights"]["b"] for fold in forward["folds"])


def test_weights_of_equal_strategies_gain_nothing_that_is_believed() -> None:
    forward = weighed(["a", "b"], 0)["walk_forward"]

    assert forward.get("why") or forward["evidence"]["finding"] == "inconclusive"
