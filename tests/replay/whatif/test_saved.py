"""Reading scenarios that were kept."""

from pathlib import Path

import pytest

from tests.replay.whatif.test_saving import read, state, tables_of
from untaken.replay.whatif.answer import Asked, what_if
from untaken.replay.whatif.saved import answer_of, saved_scenarios, saved_view
from untaken.replay.whatif.saving import save
from untaken.replay.whatif.scenario import Scenario, ScenarioRefused
from untaken.streams.store.state import State
from untaken.streams.view import View

__all__ = ["state"]

SPREAD = Scenario(guards_off=("spread",), name="without spread")


def test_saved_scenarios_are_listed_with_their_rules(state: Path) -> None:
    assert saved_scenarios(state) == []

    save(state, SPREAD, "no-spread")
    save(state, Scenario(stop_loss_pct=0.4), "a_tight")
    found = saved_scenarios(state)

    assert [(each.name, each.title) for each in found] == [
        ("a_tight", "stop_loss_pct=0.4"),
        ("no-spread", "without spread"),
    ]
    assert found[1].rules == {"guards_off": ["spread"]}
    assert found[1].digest == SPREAD.digest


def test_the_answer_is_kept_beside_the_rows_to_the_last_digit(state: Path) -> None:
    live = State(state, writer=False)
    answer = what_if(View(live), [SPREAD], Asked())
    save(state, SPREAD, "no-spread", answer)
    save(state, SPREAD, "alone")
    alone, kept = saved_scenarios(state)

    assert kept.answer == answer
    assert alone.answer is None
    assert answer_of(live) is None
    live.close()


def test_a_saved_scenario_is_read_like_the_live_state(state: Path) -> None:
    kept = save(state, SPREAD, "no-spread")

    with saved_view(state, "no-spread") as view:
        assert tables_of(view) == read(kept)


def test_an_unknown_name_is_refused_with_those_like_it(state: Path) -> None:
    with pytest.raises(ScenarioRefused, match="none is yet"), saved_view(state, "x"):
        pass
    save(state, SPREAD, "no-spread")

    with pytest.raises(ScenarioRefused, match="did you mean no-spread"), saved_view(state, "no-spred"):
        pass
