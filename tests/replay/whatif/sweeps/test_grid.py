"""Grids: which scenarios they hold, in which order, and what cannot be one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from untaken.replay.whatif.files import asked_in
from untaken.replay.whatif.scenario import Scenario, ScenarioRefused
from untaken.replay.whatif.sweeps.choosing import middle
from untaken.replay.whatif.sweeps.grid import Grid, grid_of, spread
from untaken.replay.whatif.sweeps.table import blocks


def test_a_grid_holds_every_combination_the_last_axis_fastest() -> None:
    grid = grid_of({"guards_off": ["spread"]}, {"size": [1, 2], "min_roi": "0.1:0.3:0.1"})

    assert grid.size == 6
    assert [grid.values(index) for index in (0, 1, 3)] == [(1, 0.1), (1, 0.2), (2, 0.1)]
    assert grid.scenario(3) == Scenario(size=2, guards_off=("spread",), thresholds={"min_roi": 0.1})


def test_blocks_cover_a_grid_and_each_differs_by_thresholds_alone() -> None:
    grid = grid_of(
        {},
        {"guards_off": [[], ["a"]], "min_roi": [0.1, 0.2, 0.3], "size": [1, 2], "thresholds": {"x": [4, 5]}},
    )
    found = list(blocks(grid))

    assert sorted(int(cell) for block in found for cell in block.cells) == list(range(grid.size))
    for block in found:
        first = block.scenario
        for cell in block.cells:
            other = grid.scenario(int(cell))

            assert (other.size, other.guards_off) == (first.size, first.guards_off)
        places = [grid.values(int(cell))[1::2] for cell in block.cells]

        assert places == sorted(places)


def test_decimal_steps_are_exact_and_the_last_one_counts() -> None:
    assert spread("0.5:0.8:0.1", "x") == (0.5, 0.6, 0.7, 0.8)
    assert spread("1:2:0.4", "x") == (1.0, 1.4, 1.8)
    assert len(spread("0:0.999:0.001", "x")) == 1000


def test_the_same_grid_has_the_same_seed() -> None:
    one, same, other = (grid_of({}, {"size": values}) for values in ([1, 2], "1:2:1", [1, 3]))

    assert one.seed == same.seed != other.seed


def test_the_middle_of_a_plain_is_found() -> None:
    assert middle(np.array([2, 3, 4, 8]), (10,)) == 4
    assert middle(np.array([0, 1, 3, 4]), (3, 3)) == 0
    assert middle(np.arange(9), (3, 3)) == 4


REFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"size": "1:2"}, "FIRST:LAST:STEP"),
    ({}, {"size": "2:1:0.1"}, "rising"),
    ({}, {"size": "1:2:0"}, "rising"),
    ({}, {"size": "1,x"}, "a list such as 1,2,4"),
    ({}, {"size": "nan,1"}, "a list such as 1,2,4"),
    ({}, {"size": []}, "a list of values"),
    ({}, {"size": ["1"]}, "numbers are allowed"),
    ({}, {"size": [-1, 1]}, "greater than 0"),
    ({}, {"max_positions": [1.5]}, "max_positions"),
    ({}, {"colour": [1]}, "no rule of a scenario"),
    ({}, {"base_capital": [1, 2]}, "one base"),
    ({}, {"name": [1]}, "a list of values"),
    ({}, {"min_roi": [1], "thresholds": {"min_roi": [2]}}, "two axes"),
    ({"guards_off": ["a"]}, {"thresholds": {"a": [1, 2]}}, "either off or have a threshold"),
    ({}, {"size": "1:200:1", "fee_bps": "0:101:1"}, "at most 20,000"),
]


@pytest.mark.parametrize(("fixed", "axes", "said"), REFUSED, ids=str)
def test_what_cannot_be_a_grid_is_one_sentence(
    fixed: dict[str, Any], axes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ScenarioRefused, match=said):
        grid_of(fixed, axes)


def test_a_file_may_hold_a_sweep(tmp_path: Path) -> None:
    file = tmp_path / "sweep.toml"
    file.write_text(
        'stop_loss_pct = 1.0\n[sweep]\nlocked_share = 0.3\nguards_off = [[], ["a"]]\n[sweep.thresholds]\nx = "1:3:1"\n'
    )
    grid = asked_in(file)

    assert isinstance(grid, Grid)
    assert (grid.size, grid.locked_share) == (6, 0.3)
    assert grid.scenario(5) == Scenario(stop_loss_pct=1.0, guards_off=("a",), thresholds={"x": 3})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sweep]\n", "is empty"),
        ("sweep = 3\n", "axes under"),
        ("[sweep]\nsize = [1]\nlocked_share = 0.9\n", "0.2 to 0.6"),
        ("[sweep]\nsize = [1]\nlocked_share = true\n", "a number such as 0.4"),
        ("[[scenario]]\nsize = 1\n[sweep]\nsize = [1]\n", "no .*scenario.* beside"),
    ],
)
def test_a_file_that_is_no_sweep_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "sweep.toml"
    file.write_text(text)

    with pytest.raises(ScenarioRefused, match=said):
        asked_in(file)
