"""A threshold whose optimum is known, planted, beside one that changes nothing: what a sweep makes of either."""

from functools import cache

import pytest

from tests.generators.planted import Bot, Guard, Strategy
from tests.generators.telling import planted_log
from tests.properties.planted.reports import Report, named, read
from untaken.replay.whatif.counting import Tried
from untaken.replay.whatif.sweeps.answer import Question, sweep
from untaken.replay.whatif.sweeps.grid import grid_of

STRICT = 0.75
WORTH_FROM = 0.45
"""Signals at least this confident gain, the others lose as much; the guard lets through none below STRICT."""
GUARD = (Guard("confidence", "confidence_threshold", threshold=STRICT),)
TELLING = Strategy(signals_per_day=7, confidence="drawn", edge_r=0.4, worth_from=WORTH_FROM)
PLANTED = Bot("planted", (TELLING,), GUARD)
NOTHING = Bot("nothing", (Strategy(signals_per_day=7, confidence="drawn"),), GUARD)
DAYS = 150
GRID = grid_of({}, {"min_confidence": "0.30:0.80:0.01"})


@cache
def swept() -> list[Report]:
    view = read(planted_log(PLANTED, NOTHING, days=DAYS))
    groups: list[Report] = sweep(view, Question(GRID), Tried())["groups"]
    return groups


def of(bot: Bot) -> Report:
    return named(swept(), bot=bot.name)


def at(threshold: float) -> Report:
    return named(of(PLANTED)["scenarios"], values=[threshold])


def test_the_planted_threshold_makes_the_most_and_is_told_from_luck() -> None:
    most = max(of(PLANTED)["scenarios"], key=lambda each: each["difference"])

    assert most["values"] == [pytest.approx(WORTH_FROM, abs=0.03)]
    assert at(WORTH_FROM)["superior"]
    assert at(WORTH_FROM)["p_adjusted"] <= 0.01


def test_the_best_cannot_be_told_from_the_planted_threshold_but_from_one_far_below() -> None:
    best = of(PLANTED)["scenarios"][of(PLANTED)["best"]]

    assert best["superior"]
    assert at(WORTH_FROM)["not_excluded"]
    assert not at(0.30)["not_excluded"]


def test_of_thresholds_that_change_nothing_none_is_called_better() -> None:
    assert of(NOTHING)["superior"] == []


def test_choosing_step_by_step_gains_where_there_is_something_to_choose() -> None:
    assert of(PLANTED)["walk_forward"]["evidence"]["finding"] == "better"
    assert of(NOTHING)["walk_forward"]["evidence"]["finding"] == "inconclusive"
