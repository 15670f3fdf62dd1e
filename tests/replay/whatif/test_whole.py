"""What holds of every log and every scenario: of generated ledgers, whatever their guards, values and results."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.projections.builders import Row, asked, at, ledger_of, signal
from untaken.projections.figures import Figures
from untaken.projections.guard_effectiveness.figures import VerdictBasis
from untaken.projections.statistics.rules import VerdictRules
from untaken.replay.whatif.books import Account
from untaken.replay.whatif.group import Group
from untaken.replay.whatif.scenario import NO_CHANGE, Scenario
from untaken.replay.whatif.sweeps.grid import grid_of
from untaken.replay.whatif.sweeps.group import Sweep
from untaken.replay.whatif.sweeps.table import blocks

GUARDS = ("gate", "spread", "slots")
KIND = {"gate": "stateless", "spread": "market", "slots": "portfolio"}
THRESHOLD = 0.5
BASIS = VerdictBasis(VerdictRules(), declared=1, closed_before=10**6)
ACCOUNT = Account(10_000, 365)


@st.composite
def rows_of_a_signal(draw: st.DrawFn, number: int) -> Row:
    """Draw a signal that some of three guards blocked; the gate by a value, which it may keep to itself."""
    value = draw(st.integers(0, 10)) / 10
    blockers = {guard for guard in GUARDS[1:] if draw(st.booleans())} | (
        {"gate"} if value < THRESHOLD else set()
    )
    told = draw(st.booleans())
    opened, held = draw(st.integers(0, 400)), draw(st.integers(1, 60))
    pnl = draw(st.none() | st.integers(-50, 50))
    gate: Row = {
        "guard": "gate", "attempt": 1, "verdict": "blocked" if "gate" in blockers else "approved", "at": at(),
        "value": value if told else None, "threshold": THRESHOLD, "comparison": ">=", "reason_code": "confidence",
    }  # fmt: skip
    return signal(
        f"s{number}",
        pnl=pnl,
        r=None if pnl is None else pnl / 20,
        status="blocked" if blockers else draw(st.sampled_from(["approved", "filled"])),
        blockers=sorted(blockers),
        chain_complete=draw(st.sampled_from([True, True, True, False])),
        asked=[each for guard in GUARDS for each in asked(guard, kind=KIND[guard])],
        verdicts=[gate],
        overlapped=draw(st.booleans()),
        symbol=draw(st.sampled_from(["A/USD", "B/USD"])),
        at=at(second=opened),
        entry_at=at(second=opened),
        **({} if pnl is None else {"exit_at": at(second=opened + held)}),
        size=1000.0,
        fx=1.0,
    )


@st.composite
def ledgers(draw: st.DrawFn) -> pl.DataFrame:
    """Draw some rows of one bot."""
    count = draw(st.integers(1, 25))
    return ledger_of(*(draw(rows_of_a_signal(number)) for number in range(count)))


def group_of(rows: pl.DataFrame, scenario: Scenario) -> Group:
    even = pl.repeat(1.0, rows.height, eager=True)
    return Group(scenario, rows, rows, even, ACCOUNT, BASIS, signals=True)


def figures_of(rows: pl.DataFrame, scenario: Scenario) -> Figures:
    return group_of(rows, scenario).figures(("in_turn", "alone", "capacity"))


@given(rows=ledgers())
def test_no_change_is_the_base_exactly(rows: pl.DataFrame) -> None:
    found = figures_of(rows, NO_CHANGE)

    for book in ("in_turn", "alone"):
        assert found[book]["scenario"] == found[book]["base"]
        assert (found[book]["difference"], found[book]["evidence"]["changed_signals"]) == (0, 0)
    assert found["released_signals"] == found["removed_signals"] == []


@given(rows=ledgers(), guard=st.sampled_from(GUARDS))
def test_a_guard_off_moves_exactly_what_it_alone_blocked(rows: pl.DataFrame, guard: str) -> None:
    found = figures_of(rows, Scenario(guards_off=(guard,)))
    alone = rows.filter(
        (pl.col("status") == "blocked") & pl.col("chain_complete") & (pl.col("blockers") == [guard])
    )

    assert found["removed_signals"] == []
    assert sorted(found["released_signals"]) == sorted(alone["signal_id"])
    counted = alone.filter(pl.col("resolved") & ~pl.col("overlapped"))["pnl_e8"].drop_nulls()
    assert found["in_turn"]["difference"] * 10**8 == int(counted.sum() or 0)


@given(rows=ledgers(), guard=st.sampled_from(["gate", "spread"]), slots=st.integers(1, 3))
def test_with_limits_what_comes_in_was_released_and_what_goes_was_crowded_out(
    rows: pl.DataFrame, guard: str, slots: int
) -> None:
    capacity = figures_of(rows, Scenario(guards_off=(guard,), max_positions=slots))["capacity"]
    before, after = set(capacity["base_admitted"]), set(capacity["admitted"])
    blocked_by = dict(zip(rows["signal_id"], rows["blockers"].to_list(), strict=True))

    assert before <= after or all(guard not in blocked_by[each] for each in before - after), (
        "only what was let in anyway can be crowded out"
    )
    new = {each for each in after - before if guard in blocked_by[each]}
    assert not (after - before) or new
    assert capacity["came_in"] == len(after - before)
    assert capacity["crowded_out"] == len(before - after)
    assert capacity["simulated_gain"] == capacity["stateless_gain"] + capacity["interaction"]


@given(rows=ledgers(), slots=st.integers(1, 3))
def test_never_more_positions_are_open_than_allowed(rows: pl.DataFrame, slots: int) -> None:
    group = group_of(rows, Scenario(max_positions=slots))
    taken = group.pair("capacity").scenario.counted().select("entry_at", "exit_at").rows()

    for entry, _ in taken:
        assert sum(opened <= entry < ended for opened, ended in taken) <= slots


@given(rows=ledgers(), values=st.lists(st.integers(0, 10), min_size=1, max_size=5, unique=True))
@settings(max_examples=60)
def test_a_grid_of_thresholds_is_each_threshold_by_itself(rows: pl.DataFrame, values: Sequence[int]) -> None:
    grid = grid_of(
        {}, {"thresholds": {"gate": [v / 10 for v in values]}, "guards_off": [[], ["spread"]]}, 0.2
    )
    table = filled(rows, grid)
    for index in range(grid.size):
        pair = group_of(rows, grid.scenario(index)).pair("in_turn")
        gains, losses = table.gains_and_losses()

        assert gains[index] - losses[index] == pair.scenario.pnl_e8()
        assert int(table.count("n")[index]) == int(pair.scenario.counts.sum())
        assert int(table.changed[index]) == pair.changes().height


def filled(rows: pl.DataFrame, grid: Any) -> Any:
    """Fill the table of a grid with rows of a single cluster, which is open."""
    every = pl.repeat(True, rows.height, eager=True, dtype=pl.Boolean)
    sweep = Sweep(("bot", "default", "live", "USD"), grid, "in_turn", every, rows, ACCOUNT, BASIS)
    sweep.periods = replace(sweep.periods, open=1)
    even = pl.repeat(1.0, rows.height, eager=True)
    sweep.take(list(blocks(grid)), rows, even)
    return sweep.table
