"""What a scenario leaves alone stays as it was, and what it moves is what its rule moves."""

from functools import cache

import polars as pl
import pytest

from tests.generators.logs import random_log
from tests.generators.world import GUARDS
from tests.replay.whatif.changed_bots import asked, rows_of, sides, view_of
from untaken.projections.definition import DAY_US
from untaken.projections.ledger import COLUMNS
from untaken.replay.whatif.answer import rows_of as rows_to_ask
from untaken.replay.whatif.execution import executed
from untaken.replay.whatif.scenario import NO_CHANGE, Scenario
from untaken.replay.whatif.weighing import weights
from untaken.streams.view import Filters, View, Window

SEEDS = (1, 2)


@cache
def view(seed: int) -> View:
    return view_of(random_log(seed, signals=90, days=1))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_change_is_the_base_exactly(seed: int) -> None:
    groups = asked(view(seed))

    assert groups
    assert sides(groups, "base") == sides(groups, "scenario")
    assert all(group[book]["difference"] == 0 for group in groups for book in ("in_turn", "alone"))
    assert all(group["released_signals"] == group["removed_signals"] == [] for group in groups)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_terms_again_give_the_same_rows(seed: int) -> None:
    found = view(seed)
    rows = found.ledger()
    as_it_is = Scenario(fee_bps=5, slippage_bps=2)
    again = executed(rows, weights(rows, as_it_is), as_it_is, found)

    assert rows_of(again, list(COLUMNS)) == rows_of(rows, list(COLUMNS))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_threshold_that_stays_where_it_is_moves_nothing(seed: int) -> None:
    found = view(seed)
    groups = asked(found, Scenario(guards_off=(), thresholds={"spread": 0.5}))

    assert sides(groups, "scenario") == sides(asked(found), "base")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_off_moves_exactly_what_it_alone_blocked(seed: int, guard: str) -> None:
    found = view(seed)
    groups = asked(found, Scenario(guards_off=(guard,)))
    rows = found.ledger()
    alone = rows.filter(status="blocked", sole=guard)
    perhaps = rows.filter(
        (pl.col("status") == "blocked")
        & (pl.col("blockers") == [guard])
        & ~pl.col("chain_complete").fill_null(value=False)
    )
    gain = alone.filter(pl.col("resolved") & ~pl.col("overlapped"))["pnl_e8"].sum()

    assert sorted(s for group in groups for s in group["released_signals"]) == sorted(alone["signal_id"])
    assert all(group["removed"] == 0 for group in groups)
    assert sum(group["unknown"] for group in groups) == perhaps.height
    assert sum(group["in_turn"]["difference"] for group in groups) * 10**8 == gain


@pytest.mark.parametrize("seed", SEEDS)
def test_bounds_hold_each_unknown_signal_or_do_not(seed: int) -> None:
    found = view(seed)
    groups = asked(found, Scenario(guards_off=tuple(GUARDS)))
    rows = found.ledger().filter(
        (pl.col("status") == "blocked")
        & ~pl.col("chain_complete").fill_null(value=False)
        & pl.col("resolved")
        & ~pl.col("overlapped")
    )
    worst = rows.filter(pl.col("pnl_e8") < 0)["pnl_e8"].sum()
    best = rows.filter(pl.col("pnl_e8") > 0)["pnl_e8"].sum()
    low, high = (sum(group["in_turn"]["bounds"][end] for group in groups) for end in (0, 1))
    exact = sum(group["in_turn"]["difference"] for group in groups)

    assert ((low - exact) * 10**8, (high - exact) * 10**8) == (worst, best)
    assert rows.height > 0


def test_windows_and_filters_cut_figures_and_never_books() -> None:
    found = view(1)
    scenario = Scenario(stop_loss_pct=0.5)
    whole = {
        key: side["trades"] for key, side in sides(asked(found, scenario), "scenario", ["in_turn"]).items()
    }
    middle = found.ledger()["at"].sort()[45]
    parts = [
        sides(asked(found, scenario, window=window), "scenario", ["in_turn"])
        for window in (Window(None, middle), Window(middle, None))
    ]
    summed = {key: sum(part[key]["trades"] for part in parts if key in part) for key in whole}
    one_bot = asked(found, scenario, filters=Filters(bot="alpha", mode="paper"))

    assert summed == whole
    assert {(group["bot"], group["mode"]) for group in one_bot} == {("alpha", "paper")}
    assert (
        sides(one_bot, "scenario", ["in_turn"]).items()
        <= sides(asked(found, scenario), "scenario", ["in_turn"]).items()
    )


def test_a_strategy_of_no_weight_is_not_traded() -> None:
    found = view(1)
    groups = asked(found, Scenario(strategy_weights={"trend": 0}))
    taken = found.ledger().filter(pl.col("status").is_in(["approved", "filled"]), strategy="trend")

    assert sorted(s for group in groups for s in group["removed_signals"]) == sorted(taken["signal_id"])
    assert taken.height > 0


def test_a_scenario_of_nothing_is_the_constant_of_that_name() -> None:
    assert NO_CHANGE.rules() == {}
    assert Scenario(name="other").digest == NO_CHANGE.digest


def test_rows_come_in_one_piece_and_narrow_where_nothing_is_executed_anew() -> None:
    found = view_of(random_log(1, signals=90, days=3))
    whole, decided = (rows_to_ask(found, Filters(), terms=terms) for terms in (True, False))

    assert len(found.columns("ledger", ["at"]).select(pl.col("at") // DAY_US).unique()) > 1
    assert (whole.n_chunks("all"), decided.n_chunks("all")) == ([1] * whole.width, [1] * decided.width)
    assert {"bid", "roi_steps"} <= set(whole.columns) - set(decided.columns)
