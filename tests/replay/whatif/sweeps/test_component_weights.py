"""Weights of components: one that tells winners from losers is found, and of mere noise nothing is believed."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import orjson
import pytest

from tests.projections.simulated_bots import Planted, clock, entries, plan, settings
from untaken.projections.figures import Figures
from untaken.replay.whatif.counting import Tried
from untaken.replay.whatif.sweeps.answer import Question
from untaken.replay.whatif.sweeps.grid import Grid
from untaken.replay.whatif.sweeps.optimising import optimised
from untaken.streams.engine import Engine
from untaken.streams.logs.base import Entry
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.store.state import State
from untaken.streams.view import View

DAYS = 220
EDGE_MILLI_R = 300


def scores(share: float) -> dict[str, float]:
    """Build the scores of a signal, of which so much is momentum's."""
    return {"momentum": round(share, 1), "noise": round(share - 1, 1)}


def signals(edge_milli_r: int, seed: int) -> Iterator[Entry]:
    """Yield a bot's records; the more of a signal is momentum's, the more it makes, and the less of it noise's."""
    chance = np.random.default_rng(seed)
    for each in plan(bots=1, days=DAYS, seed=seed):
        share = float(chance.choice([0.1, 0.9]))
        made = each.milli_r + (edge_milli_r if share > 0.5 else -edge_milli_r)
        bar, signal, decision = entries(Planted(**{**vars(each), "milli_r": made, "blocked": False}))
        told = {**orjson.loads(signal.value), "components": scores(share)}
        yield from (bar, signal._replace(value=orjson.dumps(told)), decision)


@cache
def weighed(edge_milli_r: int, seed: int = 4) -> Figures:
    log = MemoryLog()
    log.append([settings(), *signals(edge_milli_r, seed), clock(DAYS)])
    engine = Engine(log, State(None))
    engine.run(until_idle=True, progress=lambda _: None, stop=lambda: False)
    view = View(engine.chain.state)
    (group,) = optimised(view, Question(Grid({}, ())), "components", Tried())["groups"]
    return dict(group)


def test_a_component_that_tells_winners_from_losers_gets_the_weight_and_it_shows_afterwards() -> None:
    group = weighed(EDGE_MILLI_R)
    forward: dict[str, Any] = group["walk_forward"]

    assert group["weights"]["momentum"] > 1 > group["weights"]["noise"]
    assert all(fold["weights"]["momentum"] > fold["weights"]["noise"] for fold in forward["folds"])
    assert forward["difference"] > 0
    assert forward["evidence"]["finding"] == "better"
    low, high = forward["evidence"]["interval_milli_r"]
    assert low > 0
    assert high is None or high > low


@pytest.mark.parametrize("seed", [4, 5])
def test_weights_of_components_that_tell_nothing_gain_nothing_that_is_believed(seed: int) -> None:
    forward = weighed(0, seed)["walk_forward"]

    assert forward.get("why") or forward["evidence"]["finding"] in {"inconclusive", "no_material_effect"}
