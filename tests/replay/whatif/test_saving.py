"""A scenario that is kept: the state that the changed bot would have had."""

from pathlib import Path
from typing import Any

import pytest

from tests.replay.whatif.changed_bots import (
    CODE,
    THRESHOLD,
    edited,
    gated_at,
    gated_view_of_seed,
    log_of,
    never_executed,
    rows_of,
    switched_off,
    view_of,
)
from tests.streams.chain.engines import log_of as log_with
from tests.streams.chain.engines import run_through
from untaken.projections.catalogue import PROJECTIONS
from untaken.projections.ledger import COLUMNS
from untaken.replay.whatif.rewriting import rewritten
from untaken.replay.whatif.saving import place_for, save, saved_path
from untaken.replay.whatif.scenario import NO_CHANGE, Scenario, ScenarioRefused
from untaken.replay.whatif.weighing import weights
from untaken.streams.store.state import State
from untaken.streams.view import Filters, View, Window

SAID_ANEW = ("verdicts", "asked", "id", "meta")
"""What a log of the changed bot says in other words."""

RULES = [
    Scenario(guards_off=("spread",)),
    Scenario(thresholds={CODE: 0.3}),
    Scenario(guards_off=("cooldown", "slots"), thresholds={CODE: 0.8}),
]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("scenario", RULES, ids=lambda scenario: scenario.title)
def test_rows_are_rewritten_as_the_changed_bot_would_have_written_them(seed: int, scenario: Scenario) -> None:
    rows = gated_view_of_seed(seed).ledger()
    ours = rewritten(rows, weights(rows, scenario), scenario)
    off = [switched_off(guard) for guard in scenario.guards_off]
    threshold = scenario.thresholds.get(CODE, THRESHOLD)
    theirs = view_of(edited(never_executed(log_of(seed)), gated_at(threshold), *off)).ledger()
    columns = [name for name in COLUMNS if name not in SAID_ANEW]

    assert rows_of(ours, columns) == rows_of(theirs, columns)
    assert rows_of(ours, ["status"]) != rows_of(rows, ["status"])


def tables_of(view: View) -> dict[str, list[tuple[Any, ...]]]:
    found = {p.name: view.table(p, Window(), Filters()).rows() for p in PROJECTIONS}
    return {**found, "ledger": view.ledger().rows(), "trades": view.trades().rows()}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a state file of bots whose chains are complete."""
    path = tmp_path / "bot.state.db"
    opened = State(path)
    run_through(log_with(edited(never_executed(log_of(1)), gated_at(THRESHOLD))), opened)
    opened.close()
    return path


def read(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    opened = State(path, writer=False)
    try:
        return tables_of(View(opened))
    finally:
        opened.close()


def test_a_saved_scenario_lies_beside_the_state_which_stays_as_it_was(state: Path) -> None:
    before = read(state)
    kept = save(state, Scenario(guards_off=("spread",)), "no-spread")
    again = save(state, Scenario(guards_off=("slots",)), "no-spread")

    assert kept == again == saved_path(state, "no-spread")
    assert read(state) == before
    assert read(kept)["ledger"] != before["ledger"]
    assert sorted(path.name for path in state.parent.glob("*what-if*")) == [kept.name]


def test_a_saved_scenario_without_change_is_the_state(state: Path) -> None:
    assert read(save(state, NO_CHANGE, "same")) == read(state)


def test_tables_of_a_saved_scenario_follow_from_its_rows(state: Path) -> None:
    opened = State(save(state, Scenario(guards_off=("spread",), stop_loss_pct=0.4), "both"), writer=False)
    view = View(opened)
    rows = view.stores.rows.load_all("ledger")

    for projection in PROJECTIONS:
        if projection.source == "ledger":
            assert view.table(projection, Window(), Filters()).equals(projection.fold(rows))
    opened.close()


@pytest.mark.parametrize("name", ["", "../other", "a b", "-x", "x" * 65])
def test_a_name_that_is_no_file_name_is_refused(state: Path, name: str) -> None:
    with pytest.raises(ScenarioRefused, match="letters, digits"):
        save(state, NO_CHANGE, name)


def test_a_log_without_a_state_beside_it_is_refused_with_what_can_be_done_instead(state: Path) -> None:
    assert place_for(state, "x", "sqlite:///bot.db") == saved_path(state, "x")

    with pytest.raises(ScenarioRefused, match=r"export --to sqlite:///copy.db.*report --answers") as brokers:
        place_for(None, "x", "kafka://broker:9092/bots")
    with pytest.raises(ScenarioRefused, match="a log in memory has no state"):
        place_for(None, "x", "memory://")

    assert "memory" not in str(brokers.value)
