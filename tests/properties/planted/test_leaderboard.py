"""A strategy that is better than the others, planted, beside a bot whose strategies are all alike."""

import pytest

from tests.generators.planted import Bot, Guard, Strategy
from tests.properties.planted.reports import named, reported

NAMES = ("north", "east", "south", "west")
DAYS = 100
GUARDS = (Guard(share=0.1),)
ALIKE = Bot("alike", tuple(Strategy(name, 6) for name in NAMES), GUARDS)
ONE_BETTER = Bot("one better", (*ALIKE.strategies[:3], Strategy("west", 6, edge_r=0.5)), GUARDS)


@pytest.mark.parametrize("side", ["shadow", "real"])
def test_the_better_strategy_is_first_and_no_other_could_be(side: str) -> None:
    board = reported(ONE_BETTER, ALIKE, days=DAYS)["one better"]["strategy_leaderboard"]
    west = named(board["strategies"], strategy="west")[side]

    assert board["top_strategy"] == board["top_strategy_real"] == "west"
    assert (west["rank"], west["ranks_not_excluded"]) == (1, [1, 1])
    assert all(
        named(board["strategies"], strategy=name)[side]["ranks_not_excluded"] == [2, 4] for name in NAMES[:3]
    )


@pytest.mark.parametrize("side", ["shadow", "real"])
def test_of_strategies_that_are_alike_none_is_excluded_from_any_rank(side: str) -> None:
    strategies = reported(ONE_BETTER, ALIKE, days=DAYS)["alike"]["strategy_leaderboard"]["strategies"]

    assert sorted(each[side]["rank"] for each in strategies) == [1, 2, 3, 4]
    assert all(each[side]["ranks_not_excluded"] == [1, 4] for each in strategies)
